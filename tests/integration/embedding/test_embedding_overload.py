"""Where there is more to embed than there is room or time for, OpenAI's clients raise what they would elsewhere."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai as package
import pytest
from openai import OpenAI

MODEL = "acme/e5-tiny"
# Token ids, so that to compute them takes far longer than to read the request.
MANY = [[7] * 22] * 2_000


def test_a_full_queue_says_when_to_come_back(models_setting: str, serve_models: Callable[..., Any]) -> None:
    settings = {"LEADGEN_EMBEDDING_MODELS": models_setting, "LEADGEN_QUEUE_TOKENS": "512"}
    with (
        serve_models(**settings, LEADGEN_EMBEDDING_CACHE_MB="0") as server,
        OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client,
        ThreadPoolExecutor(24) as pool,
    ):
        asked = [pool.submit(client.embeddings.create, model=MODEL, input=MANY) for _ in range(24)]
        refusals = [error for each in asked if (error := each.exception())]
        assert 0 < len(refusals) < 24
    for refusal in refusals:
        assert isinstance(refusal, package.RateLimitError)
        assert (refusal.type, refusal.code) == ("rate_limit_error", "rate_limit_exceeded")
        assert int(refusal.response.headers["retry-after"]) >= 1


def test_what_takes_too_long_is_given_up(models_setting: str, serve_models: Callable[..., Any]) -> None:
    settings = {"LEADGEN_EMBEDDING_MODELS": models_setting, "LEADGEN_REQUEST_TIMEOUT_SECONDS": "0.001"}
    with (
        serve_models(**settings) as server,
        OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client,
        pytest.raises(package.InternalServerError) as refused,
    ):
        client.embeddings.create(model=MODEL, input=MANY)
    assert (refused.value.status_code, refused.value.type) == (503, "server_error")
