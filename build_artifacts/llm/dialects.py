"""The ways to ask for JSON that endpoints differ in, the strictest first.

An endpoint that answers 400 to the first is asked in the next; the one that it takes is kept. Reasoning models of
OpenAI refuse `temperature` and `max_tokens`; older and smaller servers refuse `response_format`.
"""

import json
from collections.abc import Callable
from typing import Any

Messages = list[dict[str, str]]
Dialect = Callable[[Messages, dict[str, Any], int], dict[str, Any]]


def _strict(messages: Messages, schema: dict[str, Any], max_tokens: int) -> dict[str, Any]:
    return {
        "messages": messages,
        "max_tokens": max_tokens,
        "temperature": 0,
        "response_format": _response_format(schema),
    }


def _reasoning(messages: Messages, schema: dict[str, Any], max_tokens: int) -> dict[str, Any]:
    return {
        "messages": messages,
        "max_completion_tokens": max_tokens,
        "response_format": _response_format(schema),
    }


def _plain(messages: Messages, schema: dict[str, Any], max_tokens: int) -> dict[str, Any]:
    wanted = f"\n\nAnswer with one JSON object of this JSON schema, and nothing else: {json.dumps(schema)}"
    first = {**messages[0], "content": messages[0]["content"] + wanted}
    return {"messages": [first, *messages[1:]], "max_tokens": max_tokens, "temperature": 0}


def _response_format(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


DIALECTS: tuple[Dialect, ...] = (_strict, _reasoning, _plain)
