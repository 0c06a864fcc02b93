"""The text model that embeds a search: it must be the one that embedded the run."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from leadgen.database.runs import RunReference
from leadgen.errors import LeadgenError
from leadgen.text import TextModel, TextModelSpec, load_text_model
from leadgen.text.location import locate_text_model

_OPEN_MODELS = 2
"""Kept in memory at once, some hundred MB each."""


class OtherTextModelError(LeadgenError):
    """No text model at hand gives vectors that can be compared with the run's."""


def comparable(spec: TextModelSpec, run: RunReference) -> bool:
    """Whether the model's embeddings can be compared with those of the run."""
    return spec.space == run.text_model_sha256


@dataclass
class QueryModel:
    """The bundle's own text model, or else one from `path`, opened when it is first needed.

    `path` is the folder of a text model, or holds one such folder for each vector space, named by its digest; both may
    lie below `s3://`. Two models stay open, so that quarters of different models can be searched in turn.
    """

    bundled: TextModel | None
    path: str | None
    threads: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _opened: OrderedDict[str, TextModel] = field(default_factory=OrderedDict, repr=False)

    def of(self, runs: Sequence[RunReference]) -> TextModel:
        """The model that embeds queries to all these runs.

        Raises OtherTextModelError where neither model does, and ModelError for one that cannot be opened.
        """
        if self.bundled is not None and all(comparable(self.bundled.spec, run) for run in runs):
            return self.bundled
        spaces = {run.text_model_sha256 for run in runs}
        named = self._named(*spaces) if len(spaces) == 1 else None
        if named is None:
            raise OtherTextModelError(self._refusal(runs))
        return named

    def _named(self, space: str) -> TextModel | None:
        """The model of `path` for these vectors, or None where it makes others."""
        if self.path is None:
            return None
        with self._lock:
            if space not in self._opened:
                folder = locate_text_model(self.path, space)
                if TextModelSpec.read(folder).space != space:
                    return None
                while len(self._opened) >= _OPEN_MODELS:
                    self._opened.popitem(last=False)
                self._opened[space] = load_text_model(folder, self.threads)
            self._opened.move_to_end(space)
            return self._opened[space]

    def _refusal(self, runs: Sequence[RunReference]) -> str:
        made = sorted({f"{run.text_model} ({run.text_model_sha256[:12]}, quarter {run.quarter})" for run in runs})
        spaces = {run.text_model_sha256 for run in runs}
        specs = {self.bundled.spec} if self.bundled else set()
        if self.path is not None:
            specs |= {TextModelSpec.read(locate_text_model(self.path, space)) for space in spaces}
        at_hand = sorted(f"{spec.id} ({spec.sha256[:12]})" for spec in specs)
        return (
            f"What is searched was embedded by {', '.join(made)}, but {' and '.join(at_hand) or 'no text model'} is "
            "served: set LEADGEN_THEMES_TEXT_MODEL to the folder of the run's text model"
            + (", and search quarters of different models one at a time" if len(spaces) > 1 else "")
        )
