"""Sending questions as batches that the cap, the endpoint's limits and a kill at any moment leave room for."""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from leadgen.errors import ConfigurationError

from build_artifacts.llm.batches.ledger import BatchLedger
from build_artifacts.llm.batches.lines import MOST_BYTES, MOST_REQUESTS, request_line
from build_artifacts.llm.batches.service import BatchService
from build_artifacts.llm.dialects import DIALECTS
from build_artifacts.llm.draft import Draft
from build_artifacts.llm.errors import LanguageModelUnavailableError
from build_artifacts.llm.ledger import Entry
from build_artifacts.llm.options import LanguageModelOptions

_FEWEST = 50
"""Requests that a batch is not made smaller than; where they are too many, other batches take up the limit."""


class Submitter:
    """Creates batches; `dialect` is the way in which their requests are written."""

    def __init__(
        self,
        options: LanguageModelOptions,
        ledger: BatchLedger,
        service: BatchService,
        keep: Callable[[], Awaitable[None]],
    ) -> None:
        self._options = options
        self._ledger = ledger
        self._service = service
        self._keep = keep
        self.dialect = 0

    @property
    def may_submit(self) -> bool:
        """After a refusal for size one batch at a time is enough."""
        return self._ledger.smallest_refused() is None or not self._ledger.open_batches()

    async def submit(self, drafts: Sequence[Draft[Any]]) -> int:
        """Create one batch of the first of them; how many they are, 0 where the cap has no room for even one.

        Raises LanguageModelUnavailableError and ConfigurationError, after which there is no such batch.
        """
        name, lines = uuid.uuid4().hex, self._lines(drafts)
        entries = [self._entry(draft, name) for draft, _ in zip(drafts, lines, strict=False)]
        fitting = self._ledger.prepare(name, entries, self._options.max_usd)
        if not fitting:
            return 0
        try:
            id_ = await self._create(name, b"".join(lines[:fitting]))
        except (LanguageModelUnavailableError, ConfigurationError):
            self._ledger.drop(name)
            raise
        if id_ is not None:
            self._ledger.move(name, "submitted", id_)
            await self._keep()
        return fitting

    async def _create(self, name: str, content: bytes) -> str | None:
        file = await self._service.upload(name, content)
        self._ledger.move(name, "creating")
        await self._keep()
        return await self._service.create(name, file)

    def _lines(self, drafts: Sequence[Draft[Any]]) -> list[bytes]:
        """Of as many as one file takes."""
        refused = self._ledger.smallest_refused()
        most = MOST_REQUESTS if refused is None else max(refused // 2, _FEWEST)
        lines = [request_line(draft.key, self._parameters(draft)) for draft in drafts[:most]]
        fitting = sum(size <= MOST_BYTES for size in accumulate(map(len, lines)))
        return lines[:fitting]

    def _parameters(self, draft: Draft[Any]) -> Mapping[str, Any]:
        written = DIALECTS[self.dialect](draft.messages, draft.question.schema, draft.max_tokens)
        return {"model": self._options.model, **written}

    def _entry(self, draft: Draft[Any], name: str) -> Entry:
        usd = draft.most_usd(self._options.prices.in_batches)
        return Entry(f"{draft.key}:{name}", draft.key, draft.question.purpose, self._options.model, usd)
