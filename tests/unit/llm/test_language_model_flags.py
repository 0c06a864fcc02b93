"""Flags of the language model, their twins, and where the key comes from."""

import argparse

import boto3
import pytest
from leadgen.errors import ConfigurationError

from build_artifacts.llm import LanguageModelOptions, Prices
from build_artifacts.llm.flags import add_language_model_flags, language_model_options, language_model_prices

KEY = "xai-never-to-be-seen"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEADGEN_LLM_API_KEY", "LEADGEN_LLM_API_KEY_SECRET", "LEADGEN_LLM_MODEL", "LEADGEN_LLM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_language_model_flags(parser)
    return parser.parse_args(arguments)


def options(*arguments: str) -> LanguageModelOptions | None:
    return language_model_options(parsed(*arguments))


def test_without_a_key_there_is_no_model() -> None:
    assert options() is None


def test_a_key_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGEN_LLM_API_KEY", f" {KEY}\n")
    given = options()
    assert given is not None
    assert given.key.get_secret_value() == KEY
    assert KEY not in repr(given)
    assert (given.base_url, given.concurrency, given.requests_per_minute) == ("https://api.x.ai/v1", 50, None)


def test_the_environment_is_a_flags_twin_and_a_flag_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGEN_LLM_API_KEY", KEY)
    monkeypatch.setenv("LEADGEN_LLM_MODEL", "gpt-4o-mini")
    monkeypatch.setenv("LEADGEN_LLM_MAX_USD", "0.5")
    given = options("--llm-max-usd", "0.25")
    assert given is not None
    assert (given.model, given.max_usd, given.prices) == ("gpt-4o-mini", 0.25, Prices(0.15, 0.60, 0.075))


def test_prices_of_an_unknown_model_must_be_given() -> None:
    with pytest.raises(ConfigurationError, match="--llm-prompt-usd"):
        options("--llm-model", "mine")
    prices = ("--llm-prompt-usd", "0", "--llm-completion-usd", "0.4", "--llm-cached-usd", "0.1")
    assert language_model_prices(parsed("--llm-model", "mine", *prices)) == Prices(0, 0.4, 0.1)


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--llm-max-usd", "much"),
        ("--llm-max-usd", "0"),
        ("--llm-max-usd", "inf"),
        ("--llm-concurrency", "2.5"),
        ("--llm-timeout", "-1"),
        ("--llm-requests-per-minute", "nan"),
        ("--llm-tokens-per-minute", "0"),
        ("--llm-cached-usd", "-1"),
        ("--llm-base-url", "api.x.ai"),
        ("--llm-base-url", "http://api.x.ai/v1"),
        ("--llm-base-url", "https://user:password@api.x.ai/v1"),
    ],
)
def test_a_wrong_value_is_refused_by_its_flags_name_even_without_a_key(flag: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=flag) as caught:
        options(flag, value)
    assert "password" not in str(caught.value)


def test_plain_http_is_fine_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGEN_LLM_API_KEY", KEY)
    given = options("--llm-base-url", "http://127.0.0.1:8000/v1")
    assert given is not None


def test_the_key_is_read_from_secrets_manager(monkeypatch: pytest.MonkeyPatch, moto_endpoint: str) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": moto_endpoint, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    secret = boto3.client("secretsmanager", region_name="eu-west-1").create_secret(Name="llm", SecretString=KEY)
    monkeypatch.setenv("LEADGEN_LLM_API_KEY_SECRET", secret["ARN"])
    given = options()
    assert given is not None
    assert given.key.get_secret_value() == KEY
    monkeypatch.setenv("LEADGEN_LLM_API_KEY_SECRET", secret["ARN"].replace("llm", "other"))
    with pytest.raises(ConfigurationError, match="LEADGEN_LLM_API_KEY_SECRET"):
        options()


def test_a_secret_that_is_no_arn_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGEN_LLM_API_KEY_SECRET", "llm")
    with pytest.raises(ConfigurationError, match="LEADGEN_LLM_API_KEY_SECRET"):
        options()
