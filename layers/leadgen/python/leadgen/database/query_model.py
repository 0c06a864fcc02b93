"""The text model that embeds a search: it must be the one that embedded the run."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from leadgen.database.runs import RunReference
from leadgen.errors import LeadgenError
from leadgen.text import TextModel, TextModelSpec, load_text_model
from leadgen.text.location import locate_text_model


class OtherTextModelError(LeadgenError):
    """No text model at hand gives vectors that can be compared with the run's."""


def comparable(spec: TextModelSpec, run: RunReference) -> bool:
    """Whether the model's embeddings can be compared with those of the run."""
    return spec.space == run.text_model_sha256


@dataclass
class QueryModel:
    """The bundle's own text model, or else the one in a folder or below `s3://`, opened when it is first needed."""

    bundled: TextModel | None
    path: str | None
    threads: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _opened: TextModel | None = field(default=None, repr=False)

    def of(self, runs: Sequence[RunReference]) -> TextModel:
        """The model that embeds queries to all these runs.

        Raises OtherTextModelError where neither model does, and ModelError for one that cannot be opened.
        """
        if self.bundled is not None and _comparable_to_all(self.bundled, runs):
            return self.bundled
        named = self._named()
        if named is not None and _comparable_to_all(named, runs):
            return named
        made = sorted({f"{run.text_model} ({run.text_model_sha256[:12]}, quarter {run.quarter})" for run in runs})
        at_hand = [f"{model.spec.id} ({model.spec.sha256[:12]})" for model in (named, self.bundled) if model]
        raise OtherTextModelError(
            f"What is searched was embedded by {', '.join(made)}, but {' and '.join(at_hand) or 'no text model'} is "
            "served: set LEADGEN_THEMES_TEXT_MODEL to the folder of the run's text model"
            + (", and search quarters of different models one at a time" if len(made) > 1 else "")
        )

    def _named(self) -> TextModel | None:
        if self.path is None:
            return None
        with self._lock:
            if self._opened is None:
                self._opened = load_text_model(locate_text_model(self.path), self.threads)
            return self._opened


def _comparable_to_all(model: TextModel, runs: Sequence[RunReference]) -> bool:
    return all(comparable(model.spec, run) for run in runs)
