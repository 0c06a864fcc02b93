"""The text models that are served, by name."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from leadgen.engine import Engine
from leadgen.errors import ConfigurationError, LeadgenError
from leadgen.settings import Settings
from leadgen.text import TextModel, load_text_model
from leadgen.text.location import compiled_models, locate_text_model
from leadgen.text.model import NeuralTextModel
from leadgen.text.spec import SPEC_FILE, TextModelSpec

_SETTING = "LEADGEN_EMBEDDING_MODELS"
# A path may hold the sign as well, but then begins as no name does.
_NAMED = re.compile(r"(?:(?!s3://|[./])([^=]+)=)?(.+)")


class UnknownModelError(LeadgenError):
    """No text model of this name is served; the message lists those that are."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A text model under the name that requests call it by.

    `neural` is the same model where it reads token ids, None for the hashing model; `created` is when it was compiled,
    in seconds since 1970.
    """

    name: str
    model: TextModel
    neural: NeuralTextModel | None
    created: int

    @classmethod
    def of(cls, model: TextModel, name: str, created: int = 0) -> "ServedModel":
        """`model` as `name`."""
        return cls(name, model, None if model.spec.kind == "hashing" else cast(NeuralTextModel, model), created)

    @property
    def spec(self) -> TextModelSpec:
        """What the model is."""
        return self.model.spec

    @property
    def device(self) -> str:
        """Where it computes: `cpu` or `cuda`."""
        return "cuda" if getattr(self.model, "on_gpu", False) else "cpu"

    def summary(self) -> dict[str, Any]:
        """What a caller should know of it."""
        return {
            "id": self.name,
            "dimension": self.spec.dimension,
            "max_tokens": self.spec.max_tokens,
            "precision": self.spec.precision,
            "device": self.device,
            "kind": self.spec.kind,
        }


class EmbeddingModels:
    """Models by name, in the order in which they were named; the first answers requests that name none.

    Raises ConfigurationError where two different models bear one name.
    """

    def __init__(self, models: Iterable[ServedModel]) -> None:
        self._by_name: dict[str, ServedModel] = {}
        for model in models:
            self._add(model)

    @classmethod
    def open(cls, settings: Settings, engine: Engine | None) -> "EmbeddingModels":
        """The bundle's own model, if it has one, and those of `LEADGEN_EMBEDDING_MODELS`.

        Raises ConfigurationError for a name given twice, ModelError for a model that cannot be opened.
        """
        return cls([*_bundled(engine), *_named(settings)])

    def get(self, name: str | None) -> ServedModel:
        """The model of this name, the first for None. Raises UnknownModelError."""
        found = next(iter(self), None) if name is None else self._by_name.get(name)
        if found is None:
            known = ", ".join(self._by_name) or "none"
            raise UnknownModelError(f"The model `{str(name)[:200]}` does not exist; served are: {known}")
        return found

    def __iter__(self) -> Iterator[ServedModel]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def _add(self, model: ServedModel) -> None:
        there = self._by_name.setdefault(model.name, model)
        if there.spec.sha256 != model.spec.sha256:
            raise ConfigurationError(
                f"{_SETTING}: two models are called {model.name}, one of {there.spec.precision} and one of "
                f"{model.spec.precision}; give one of them another name: `name=folder`"
            )


def _bundled(engine: Engine | None) -> Iterator[ServedModel]:
    if engine and engine.model:
        yield ServedModel.of(engine.model, engine.model.spec.id, _compiled_at(engine.folder / "model"))


def _named(settings: Settings) -> Iterator[ServedModel]:
    for entry in settings.embedding_models:
        name, path = _parted(entry)
        places = compiled_models(path)
        if name and len(places) > 1:
            raise ConfigurationError(f"{_SETTING}: {path} holds {len(places)} models, which cannot all be {name}")
        for place in places:
            folder = locate_text_model(place)
            model = load_text_model(folder, settings.threads, device="auto")
            yield ServedModel.of(model, name or model.spec.id, _compiled_at(folder))


def _parted(entry: str) -> tuple[str | None, str]:
    parts = _NAMED.fullmatch(entry)
    if parts is None:
        raise ConfigurationError(f"{_SETTING}: {entry!r} is neither a folder nor `name=folder`")
    return parts[1], parts[2]


def _compiled_at(folder: Path) -> int:
    return int((folder / SPEC_FILE).stat().st_mtime)
