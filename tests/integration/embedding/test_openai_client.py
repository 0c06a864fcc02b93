"""The official `openai` client, as it comes, gets what OpenAI would give it."""

import asyncio
import base64
from typing import Any

import httpx
import numpy as np
import openai as package
import pytest
from leadgen.text.model import NeuralTextModel
from openai import AsyncOpenAI, OpenAI

TEXTS = ["we make wind turbine blades in spain", "we lease trucks"]
LONG = "we make wind turbine blades in spain and lease trucks " * 5 + "in spain"
MODEL = "acme/e5-tiny"


def rows(answer: Any) -> Any:
    assert [item.index for item in answer.data] == list(range(len(answer.data)))
    return np.array([item.embedding for item in answer.data])


def test_one_text_and_several(openai: OpenAI, neural: NeuralTextModel) -> None:
    """The client asks for base64 by itself, and decodes it."""
    one = openai.embeddings.create(model=MODEL, input=TEXTS[0])
    np.testing.assert_array_equal(rows(one).astype(np.float32), neural.encode(TEXTS[:1], "query"))
    assert (one.object, one.data[0].object, one.model) == ("list", "embedding", MODEL)
    several = openai.embeddings.create(model=MODEL, input=TEXTS, user="somebody")
    np.testing.assert_allclose(rows(several), neural.encode(TEXTS, "query"), atol=1e-6)
    tokens = int(neural.encode_counted(TEXTS, "query").tokens.sum())
    assert (several.usage.prompt_tokens, several.usage.total_tokens) == (tokens, tokens)


def test_the_asynchronous_client(embedding_server: Any, neural: NeuralTextModel) -> None:
    async def ask() -> Any:
        async with AsyncOpenAI(base_url=f"{embedding_server.url}/v1", api_key="any", max_retries=0) as client:
            asked = [client.embeddings.create(model=MODEL, input=text) for text in TEXTS]
            return await asyncio.gather(*asked)

    answers = asyncio.run(ask())
    np.testing.assert_allclose(np.vstack([rows(a) for a in answers]), neural.encode(TEXTS, "query"), atol=1e-6)


def test_numbers_and_base64_are_the_same(openai: OpenAI, texts: httpx.Client) -> None:
    floats = openai.embeddings.create(model=MODEL, input=TEXTS, encoding_format="float")
    coded = openai.embeddings.create(model=MODEL, input=TEXTS, encoding_format="base64")
    decoded = [np.frombuffer(base64.b64decode(str(item.embedding)), "<f4") for item in coded.data]
    np.testing.assert_array_equal(rows(floats).astype(np.float32), decoded)
    plain = texts.post("/v1/embeddings", json={"model": MODEL, "input": TEXTS}).json()
    np.testing.assert_array_equal([item["embedding"] for item in plain["data"]], rows(floats))


def test_token_ids_of_one_text_and_of_several(openai: OpenAI, neural: NeuralTextModel) -> None:
    ids = [pieces.ids[1:-1] for pieces in neural.pieces([f"query: {text}" for text in TEXTS])]
    expected = neural.encode(TEXTS, "query")
    np.testing.assert_allclose(rows(openai.embeddings.create(model=MODEL, input=ids)), expected, atol=1e-6)
    np.testing.assert_allclose(rows(openai.embeddings.create(model=MODEL, input=ids[0])), expected[:1], atol=1e-6)


def test_dimensions_shorten_and_normalise(openai: OpenAI, neural: NeuralTextModel) -> None:
    first = neural.encode(TEXTS, "query")[:, :6]
    short = rows(openai.embeddings.create(model=MODEL, input=TEXTS, dimensions=6))
    np.testing.assert_allclose(short, first / np.linalg.norm(first, axis=1, keepdims=True), atol=1e-6)


def test_the_extension_says_the_kind_and_what_may_be_cut(openai: OpenAI, neural: NeuralTextModel) -> None:
    passages = openai.embeddings.create(model=MODEL, input=TEXTS, extra_body={"input_type": "passage"})
    np.testing.assert_allclose(rows(passages), neural.encode(TEXTS, "passage"), atol=1e-6)
    cut = openai.embeddings.create(model=MODEL, input=LONG, extra_body={"truncate": "start"})
    expected = neural.encode_counted([LONG], "query", "start")
    np.testing.assert_allclose(rows(cut), expected.embeddings, atol=1e-6)
    assert cut.usage.model_dump()["cut_tokens"] == expected.cut[0]
    whole = openai.embeddings.create(model=MODEL, input=LONG, extra_body={"long_text": "window"})
    assert whole.usage.total_tokens > 24


def test_models_are_listed_and_read(openai: OpenAI) -> None:
    listed = openai.models.list().data
    assert [model.id for model in listed] == [MODEL, "hashing"]
    about = {"dimension": 32, "max_tokens": 24, "precision": "fp32", "device": "cpu", "object": "model"}
    assert listed[0].model_dump().items() >= about.items()
    assert listed[0].created > 1_700_000_000
    assert openai.models.retrieve(MODEL).model_dump() == listed[0].model_dump()


def test_a_text_that_is_too_long_is_refused_unless_it_may_be_cut(openai: OpenAI) -> None:
    with pytest.raises(package.BadRequestError) as refused:
        openai.embeddings.create(model=MODEL, input=["spain", LONG])
    assert (refused.value.type, refused.value.param) == ("invalid_request_error", "input[1]")
    assert refused.value.code == "context_length_exceeded"
    assert "maximum context length is 24 tokens" in refused.value.message


def test_a_model_that_is_not_there(openai: OpenAI) -> None:
    for ask in (
        lambda: openai.embeddings.create(model="text-embedding-9", input="a"),
        lambda: openai.models.retrieve("text-embedding-9"),
    ):
        with pytest.raises(package.NotFoundError) as refused:
            ask()
        assert refused.value.code == "model_not_found"
        assert MODEL in refused.value.message


def test_the_gateway_of_a_key(models_setting: str, serve_models: Any) -> None:
    key = "a-key-of-more-than-twenty-characters"
    with serve_models(LEADGEN_EMBEDDING_MODELS=models_setting, LEADGEN_API_KEYS=key) as server:
        with OpenAI(base_url=f"{server.url}/v1", api_key="wrong", max_retries=0) as stranger:
            with pytest.raises(package.AuthenticationError) as refused:
                stranger.embeddings.create(model=MODEL, input="a")
            assert refused.value.code == "invalid_api_key"
        with OpenAI(base_url=f"{server.url}/v1", api_key=key, max_retries=0) as client:
            assert client.models.list().data
