"""Pages of the lists in the database: the cursor that a request gives, and the one that its answer gives."""

import json
from collections.abc import Sequence
from typing import Any

from leadgen.database.cursor import Cursor, CursorError, Values, decode, encode
from leadgen.database.reading import Page
from leadgen.database.runs import RunChoice, RunReference


class Paging:
    """One request for a page; `asked` is all that another page of the same list must be asked with, too."""

    def __init__(self, kinds: Sequence[type], cursor: str | None, operation: str, **asked: Any) -> None:
        """`kinds` are the types of the list's keys. Raises CursorError."""
        self._question = json.dumps([operation, asked], sort_keys=True)
        self._place = None if cursor is None else decode(self._question, cursor, kinds)

    @property
    def after(self) -> Values | None:
        """Keys of the last row that was shown; None for the first page."""
        return self._place.after if self._place else None

    def runs(self, choices: Sequence[RunChoice]) -> list[RunChoice]:
        """The runs that the first page came from, or `choices` for the first page itself. Raises CursorError."""
        if self._place is None:
            return list(choices)
        if not self._place.runs:
            raise CursorError("The cursor belongs to another question")
        return [RunChoice(run_id=run) for run in self._place.runs]

    def run(self, choice: RunChoice) -> RunChoice:
        """The same for a list of one run. Raises CursorError."""
        runs = self.runs([choice])
        if len(runs) > 1:
            raise CursorError("The cursor belongs to another question")
        return runs[0]

    def next(self, page: Page[Any], *runs: RunReference) -> str | None:
        """The cursor of the page after this one; None where this is the last."""
        if page.next is None:
            return None
        return encode(self._question, Cursor(tuple(run.run_id for run in runs), page.next))
