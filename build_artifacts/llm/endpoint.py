"""One request to the endpoint, and what became of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx2
from openai import APIConnectionError, APIStatusError, AsyncOpenAI

from build_artifacts.llm.options import LanguageModelOptions

_LARGEST_BODY = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Response:
    """Of any status. `code` is the endpoint's own word for an error, such as insufficient_quota."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class NoResponse:
    """`unsent` where no connection was made and nothing can be charged; otherwise nobody knows."""

    unsent: bool
    status: Literal[0] = 0
    headers: Mapping[str, str] = field(default_factory=dict)


class Endpoint:
    """The `openai` client with its own retries switched off: they are made in one place, which pays for them."""

    def __init__(self, options: LanguageModelOptions) -> None:
        self._model = options.model
        self._timeout = options.timeout
        self._client = AsyncOpenAI(
            api_key=options.key.get_secret_value(),
            base_url=options.base_url,
            timeout=options.timeout,
            max_retries=0,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def post(self, parameters: Mapping[str, Any]) -> Response | NoResponse:
        """Ask for a completion. Endless and slow answers are given up at the timeout, large ones at 4 MB."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._post(parameters)
        except APIStatusError as error:
            return Response(error.status_code, error.response.headers, code=error.code)
        except APIConnectionError as error:
            unsent = isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout)
            return NoResponse(unsent)
        except (TimeoutError, httpx2.HTTPError):
            return NoResponse(unsent=False)

    async def _post(self, parameters: Mapping[str, Any]) -> Response | NoResponse:
        create = self._client.chat.completions.with_streaming_response.create
        async with create(model=self._model, **parameters) as response:
            body = bytearray()
            async for part in response.iter_bytes():
                body += part
                if len(body) > _LARGEST_BODY:
                    return NoResponse(unsent=False)
            return Response(response.status_code, response.headers, bytes(body))
