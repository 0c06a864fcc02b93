"""The flags of a language model, each with its twin in the environment: `--llm-model` is LEADGEN_LLM_MODEL."""

import argparse
import os
from dataclasses import fields
from urllib.parse import urlsplit

from leadgen.errors import ConfigurationError

from build_artifacts.llm.api_key import KEY, read_api_key
from build_artifacts.llm.options import LanguageModelOptions
from build_artifacts.llm.prices import KNOWN_PRICES, Prices

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
FLAGS = {
    "base-url": "an OpenAI-compatible endpoint",
    "model": "the model's name there",
    "max-usd": "the most that a run may spend",
    "concurrency": "requests at once",
    "requests-per-minute": "the most requests a minute; by default what the endpoint says",
    "tokens-per-minute": "the most tokens a minute, of prompts and answers; by default what the endpoint says",
    "timeout": "seconds to wait for one answer",
    "prompt-usd": f"price of a million tokens of prompts; known for {', '.join(KNOWN_PRICES)}",
    "completion-usd": "price of a million tokens of answers; known for the same",
    "cached-usd": "price of a million tokens of prompts that the endpoint had cached; by default that of others",
}
_DEFAULTS = {field.name: field.default for field in fields(LanguageModelOptions)}


def add_language_model_flags(parser: argparse.ArgumentParser) -> None:
    """`--llm-…`. The key is none of them, because others can read a process's flags: it is LEADGEN_LLM_API_KEY."""
    group = parser.add_argument_group("language model", f"used where {KEY} or {KEY}_SECRET is set")
    for name, text in FLAGS.items():
        default = _DEFAULTS.get(name.replace("-", "_"))
        variable = f"LEADGEN_LLM_{name.replace('-', '_').upper()}"
        group.add_argument(
            f"--llm-{name}",
            default=os.environ.get(variable) or (None if default is None else str(default)),
            help=text + ("" if default is None else f" (default: {default})"),
        )


def language_model_options(options: argparse.Namespace) -> LanguageModelOptions | None:
    """The model to ask, or None without a key. Raises ConfigurationError naming the flag at fault, key or not."""
    prices, concurrency = language_model_prices(options), _number(options, "concurrency")
    if concurrency != int(concurrency):
        raise ConfigurationError(f"--llm-concurrency is {concurrency}; a whole number is wanted")
    base_url, max_usd, timeout = (
        _base_url(options.llm_base_url),
        _number(options, "max-usd"),
        _number(options, "timeout"),
    )
    requests, tokens = _optional(options, "requests-per-minute"), _optional(options, "tokens-per-minute")
    key = read_api_key()
    if key is None:
        return None
    return LanguageModelOptions(
        key,
        prices,
        base_url=base_url,
        model=options.llm_model,
        concurrency=int(concurrency),
        requests_per_minute=requests,
        tokens_per_minute=tokens,
        max_usd=max_usd,
        timeout=timeout,
    )


def language_model_prices(options: argparse.Namespace) -> Prices:
    """Prices by flag, else the known ones. Raises ConfigurationError for a model of unknown price."""
    known = KNOWN_PRICES.get(options.llm_model)
    if options.llm_prompt_usd is None and options.llm_completion_usd is None and known is not None:
        return known if options.llm_cached_usd is None else _prices(options, known.prompt, known.completion)
    if options.llm_prompt_usd is None or options.llm_completion_usd is None:
        raise ConfigurationError(
            f"the prices of --llm-model {options.llm_model} are needed to stay under the cap: "
            "give both --llm-prompt-usd and --llm-completion-usd"
        )
    return _prices(options, _number(options, "prompt-usd", zero=True), _number(options, "completion-usd", zero=True))


def _prices(options: argparse.Namespace, prompt: float, completion: float) -> Prices:
    cached = None if _given(options, "cached-usd") is None else _number(options, "cached-usd", zero=True)
    return Prices(prompt, completion, cached)


def _optional(options: argparse.Namespace, name: str) -> float | None:
    return None if _given(options, name) is None else _number(options, name)


def _given(options: argparse.Namespace, name: str) -> str | None:
    text: str | None = vars(options)[f"llm_{name.replace('-', '_')}"]
    return text


def _number(options: argparse.Namespace, name: str, *, zero: bool = False) -> float:
    text = _given(options, name) or ""
    try:
        number = float(text)
    except ValueError as error:
        raise ConfigurationError(f"--llm-{name} is {text!r}, which is no number") from error
    if not 0 <= number < float("inf") or (number == 0 and not zero):
        wanted = "0 or more" if zero else "more than 0"
        raise ConfigurationError(f"--llm-{name} is {text!r}; {wanted} is wanted")
    return number


def _base_url(text: str) -> str:
    """Raises ConfigurationError for a URL that would carry the key in plain text."""
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.username or url.query:
        raise ConfigurationError(f"--llm-base-url is {url.scheme}://{url.hostname}; write it like https://api.x.ai/v1")
    if url.scheme == "http" and url.hostname not in _LOOPBACK:
        raise ConfigurationError(f"--llm-base-url is http://{url.hostname}…; https is wanted, as the key is sent there")
    return text
