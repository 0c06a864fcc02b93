"""The endpoint's files and batches, by the unmodified `openai` client."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from leadgen.errors import ConfigurationError
from openai import APIConnectionError, APIStatusError, AsyncOpenAI
from openai.types import Batch

from build_artifacts.llm import backoff
from build_artifacts.llm.clock import Clock
from build_artifacts.llm.errors import LanguageModelUnavailableError
from build_artifacts.llm.options import LanguageModelOptions

_SECONDS = 600.0
"""For one request; files are up to 200 MB."""
_ATTEMPTS = 5
_NAME = "leadgen"
"""Of our own name for a batch in its metadata."""
_NO_BATCHES = frozenset({404, 405, 501})
_CLOCKS_APART_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """What the endpoint says of a batch. `answered` is None where it does not count."""

    id: str
    status: str
    output_file: str | None
    error_file: str | None
    answered: int | None
    codes: frozenset[str]
    """What was wrong with a batch that was refused."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in ("completed", "failed", "expired", "cancelled")


class _UncertainError(LanguageModelUnavailableError):
    """The endpoint may or may not have done what it was asked."""


class _LaterError(LanguageModelUnavailableError):
    """Nothing was done, as too much is asked at the moment."""

    def __init__(self, message: str, headers: Mapping[str, str]) -> None:
        super().__init__(message)
        self.headers = headers


class BatchService:
    """Every method raises LanguageModelUnavailableError, and ConfigurationError where there is no Batch API."""

    def __init__(self, options: LanguageModelOptions, clock: Clock) -> None:
        self._base_url = options.base_url
        self._clock = clock
        # All but creating a batch may be repeated, and the client does that by itself.
        self._client = AsyncOpenAI(
            api_key=options.key.get_secret_value(),
            base_url=options.base_url,
            timeout=_SECONDS,
            max_retries=_ATTEMPTS - 1,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def upload(self, name: str, content: bytes) -> str:
        """The id of the new file."""
        with self._errors():
            file = await self._client.files.create(file=(f"leadgen-{name}.jsonl", content), purpose="batch")
        return file.id

    async def create(self, name: str, file: str) -> str | None:
        """The id of the new batch. None where nobody knows whether there is one: then `find` will tell."""
        client = self._client.with_options(max_retries=0)
        for attempt in range(_ATTEMPTS):
            try:
                with self._errors():
                    batch = await client.batches.create(
                        input_file_id=file,
                        endpoint="/v1/chat/completions",
                        completion_window="24h",
                        metadata={_NAME: name},
                    )
                return batch.id
            except _UncertainError:
                return None
            except _LaterError as error:
                if attempt + 1 == _ATTEMPTS:
                    raise
                await self._clock.sleep(backoff.pause(attempt, error.headers))
        raise AssertionError

    async def find(self, name: str, since: float) -> str | None:
        """The id of our batch of this name, created around or after the Unix time `since`."""
        with self._errors():
            async for batch in self._client.batches.list(limit=100):
                if (batch.metadata or {}).get(_NAME) == name:
                    return batch.id
                if batch.created_at < since - _CLOCKS_APART_SECONDS:
                    break
        return None

    async def status(self, id_: str) -> BatchStatus | None:
        """How far it is; None where the endpoint does not know it."""
        try:
            with self._errors():
                return _status(await self._client.batches.retrieve(id_))
        except ConfigurationError:
            return None

    async def read(self, file: str | None) -> bytes:
        """A file's content; nothing of none."""
        if file is None:
            return b""
        with self._errors():
            return (await self._client.files.content(file)).content

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except APIStatusError as error:
            raise self._error(error) from None
        except APIConnectionError:
            raise _UncertainError(f"the language model at {self._base_url} does not answer") from None

    def _error(self, error: APIStatusError) -> Exception:
        if error.status_code in _NO_BATCHES:
            return ConfigurationError(
                f"the language model at {self._base_url} has no Batch API (HTTP {error.status_code}): "
                "leave out --llm-batch"
            )
        text = f"the language model at {self._base_url} refuses a batch with HTTP {error.status_code}"
        if error.status_code == 429:
            return _LaterError(text, dict(error.response.headers))
        uncertain = error.status_code >= 500 or error.status_code == 408
        return _UncertainError(text) if uncertain else LanguageModelUnavailableError(text)


def _status(batch: Batch) -> BatchStatus:
    codes = [error.code for error in (batch.errors and batch.errors.data) or []]
    return BatchStatus(
        id=batch.id,
        status=batch.status,
        output_file=batch.output_file_id,
        error_file=batch.error_file_id,
        answered=batch.request_counts.completed if batch.request_counts else None,
        codes=frozenset(code for code in codes if code),
    )
