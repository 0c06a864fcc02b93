"""The vector space of a table: weighted, normalised blocks and one linear projection, so that scores split exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from leadgen.errors import BundleError
from leadgen.text import TextModel

from .columns import ColumnPlan, Row
from .embedding import embed_passages
from .lexical import LexicalTransform
from .tabular import TabularTransform

Floats = NDArray[np.float32]

NEURAL, LEXICAL, TABULAR = "neural", "lexical", "tabular"


def unit(vectors: Floats) -> Floats:
    """Rows scaled to length 1; a row of zeros stays zeros."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 1e-12, norms, 1.0), dtype=np.float32)


def _sums(added: Floats, spans: Mapping[str, slice]) -> list[dict[str, float]]:
    """The sum over each span of the columns, for each row of `added` float32 [m, D]."""
    totals = [added[:, span].sum(axis=1).tolist() for span in spans.values()]
    return [dict(zip(spans, row, strict=True)) for row in zip(*totals, strict=True)]


class SpaceSpec(BaseModel):
    """What `space.json` holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: ColumnPlan
    weights: dict[str, float]
    """Weight of each block's cosine; they sum to 1."""
    widths: dict[str, int]
    learned_from: str | None = None
    """The label that the projection was fitted to; None for an unsupervised space."""
    tabular_length: float | None = None
    """Tabular blocks are divided by this one length, where a projection was fitted to them: a row with a rare value is
    long, and dividing it by its own length would shrink all else it says. None: each by its own."""


@dataclass(frozen=True)
class EncodedRows:
    """`blocks` float32 [n, D]: weighted blocks side by side; `vectors` float32 [n, d]: projected, of unit length."""

    passages: Sequence[str]
    blocks: Floats
    vectors: Floats
    lengths: Floats
    """Length of each projected row before normalising, float32 [n]."""
    coverage: Floats
    """Share of the columns that hold a value known to the space, float32 [n]."""
    truncated: NDArray[np.bool_]
    """Whether each passage was cut at the text model's limit, bool [n]."""


class VectorSpace:
    """Encodes rows, explains similarities. Arrays: `center` [t], `components` [t, t'], `projection` [D, d] or None."""

    def __init__(
        self,
        spec: SpaceSpec,
        *,
        center: Floats | None = None,
        components: Floats | None = None,
        lexical: LexicalTransform | None = None,
        tabular: TabularTransform | None = None,
        projection: Floats | None = None,
    ) -> None:
        self.spec = spec
        self.plan = spec.plan
        self._center = center
        self._components = components
        self._lexical = lexical
        self._tabular = tabular
        self._projection = projection
        ends = np.cumsum(list(spec.widths.values())).tolist()
        self._spans = {b: slice(e - w, e) for (b, w), e in zip(spec.widths.items(), ends, strict=True)}

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return sum(self.spec.widths.values()) if self._projection is None else self._projection.shape[1]

    def span(self, block: str) -> slice:
        """Where a block lies among the others."""
        return self._spans[block]

    def with_metric(
        self,
        weights: Mapping[str, float],
        projection: Floats | None,
        learned_from: str | None = None,
        tabular_length: float | None = None,
    ) -> "VectorSpace":
        """The same features under other block weights and another projection."""
        spec = self.spec.model_copy(
            update={"weights": dict(weights), "learned_from": learned_from, "tabular_length": tabular_length}
        )
        return VectorSpace(
            spec,
            center=self._center,
            components=self._components,
            lexical=self._lexical,
            tabular=self._tabular,
            projection=projection,
        )

    def encode(self, rows: Sequence[Row], model: TextModel | None) -> EncodedRows:
        """Embed and encode; `model` may be None only where the space has no text."""
        passages = [self.plan.passage(row) for row in rows]
        if NEURAL not in self._spans or model is None:
            return self.encode_embedded(rows, passages, None)
        truncated = np.zeros(len(rows), dtype=bool)

        def encode(texts: Sequence[str]) -> Floats:
            encoded = model.encode_counted(texts, "query")
            if len(texts) == len(rows):
                truncated[:] |= encoded.truncated
            return encoded.embeddings

        return self.encode_embedded(rows, passages, embed_passages(passages, self.plan, encode), truncated)

    def encode_embedded(
        self,
        rows: Sequence[Row],
        passages: Sequence[str],
        embeddings: Floats | None,
        truncated: NDArray[np.bool_] | None = None,
    ) -> EncodedRows:
        """Encode rows whose passages are embedded already (`embeddings` float32 [n, t])."""
        raw, known = self._raw_blocks(rows, passages, embeddings)
        blocks = np.concatenate(
            [np.float32(np.sqrt(self.spec.weights[name])) * self._scaled(name, raw[name]) for name in self._spans],
            axis=1,
        )
        projected = blocks if self._projection is None else blocks @ self._projection
        lengths = np.linalg.norm(projected, axis=1)
        cut = np.zeros(len(rows), dtype=bool) if truncated is None else truncated
        return EncodedRows(passages, blocks, unit(projected), lengths, self._coverage(passages, known), cut)

    def _scaled(self, name: str, block: Floats) -> Floats:
        length = self.spec.tabular_length if name == TABULAR else None
        return unit(block) if length is None else np.asarray(block / np.float32(length))

    def _raw_blocks(
        self, rows: Sequence[Row], passages: Sequence[str], embeddings: Floats | None
    ) -> tuple[dict[str, Floats], NDArray[np.bool_]]:
        raw: dict[str, Floats] = {}
        known = np.zeros((len(rows), 0), dtype=bool)
        if embeddings is not None and self._center is not None:
            centred = embeddings - self._center
            raw[NEURAL] = np.asarray(centred if self._components is None else centred @ self._components)
            raw[NEURAL][[not passage for passage in passages]] = 0.0
        if self._lexical is not None:
            raw[LEXICAL] = self._lexical.apply(passages)
        if self._tabular is not None:
            raw[TABULAR], known = self._tabular.apply(rows, self.plan)
        return raw, known

    def _coverage(self, passages: Sequence[str], known: NDArray[np.bool_]) -> Floats:
        has_text = np.array([[bool(passage)] * bool(self.plan.text) for passage in passages], dtype=bool)
        parts = np.concatenate([has_text.reshape(len(passages), -1), known], axis=1)
        return parts.mean(axis=1, dtype=np.float32) if parts.size else np.zeros(len(passages), np.float32)

    def gradients(self, encoded: EncodedRows, row: int, targets: Floats) -> Floats:
        """How `vectors[row] @ target` grows with each entry of `blocks[row]`, float32 [m, D] for m targets.

        The product of `blocks[row]` and a gradient sums to that similarity.
        """
        length = max(float(encoded.lengths[row]), 1e-12)
        back = targets if self._projection is None else targets @ self._projection.T
        return np.asarray(back / np.float32(length), dtype=np.float32)

    def explain(
        self, encoded: EncodedRows, row: int, targets: Floats, words: int = 8
    ) -> list[dict[str, dict[str, float]]]:
        """Split the similarity of one row to each of `targets` float32 [m, d]: by block, tabular column and word.

        `blocks` sums to `vectors[row] @ target`; `columns` to its tabular block; `words` are the strongest of the
        terms that sum to its lexical block.
        """
        gradients = self.gradients(encoded, row, targets)
        added = encoded.blocks[row] * gradients
        out = [{"blocks": split} for split in _sums(added, self._spans)]
        if self._tabular is not None:
            columns = _sums(added[:, self._spans[TABULAR]], self._tabular.slices)
            out = [{**split, "columns": part} for split, part in zip(out, columns, strict=True)]
        if self._lexical is not None and encoded.passages[row]:
            said = self._words(encoded.passages[row], gradients[:, self._spans[LEXICAL]], words)
            out = [{**split, "words": part} for split, part in zip(out, said, strict=True)]
        return out

    def _words(self, passage: str, gradients: Floats, count: int) -> list[dict[str, float]]:
        assert self._lexical is not None
        length = max(float(np.linalg.norm(self._lexical.apply([passage])[0])), 1e-12)
        scale = np.float32(np.sqrt(self.spec.weights[LEXICAL]) / length)
        words, added = self._lexical.word_contributions(passage, gradients * scale)
        strongest = np.argsort(-np.abs(added), axis=1, kind="stable")[:, :count]
        return [
            {words[word]: float(row[word]) for word in chosen} for row, chosen in zip(added, strongest, strict=True)
        ]

    def frequent_words(self, count: int) -> list[str]:
        """The corpus's most frequent content words; none where there is no lexical block."""
        return [] if self._lexical is None else self._lexical.frequent_words(count)

    def save(self, folder: Path) -> None:
        """Write `space.json`, the transforms and the arrays into an empty folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "space.json").write_text(self.spec.model_dump_json(), "utf-8")
        for name, array in self._arrays().items():
            if array is not None:
                np.save(folder / f"{name}.npy", array)
        if self._lexical is not None:
            self._lexical.save(folder / "lexical")
        if self._tabular is not None:
            self._tabular.save(folder / "tabular.json")

    def _arrays(self) -> dict[str, Floats | None]:
        return {"center": self._center, "components": self._components, "projection": self._projection}

    @classmethod
    def load(cls, folder: Path) -> "VectorSpace":
        """Open what `save` wrote; raises BundleError naming the file that is absent or damaged."""
        try:
            spec = SpaceSpec.model_validate_json((folder / "space.json").read_text("utf-8"))
            arrays: dict[str, Any] = {
                name: np.load(folder / f"{name}.npy", allow_pickle=False)
                for name in ("center", "components", "projection")
                if (folder / f"{name}.npy").exists()
            }
            lexical = LexicalTransform.load(folder / "lexical") if LEXICAL in spec.widths else None
            tabular = TabularTransform.load(folder / "tabular.json") if TABULAR in spec.widths else None
            if NEURAL in spec.widths and "center" not in arrays:
                raise FileNotFoundError("center.npy is missing")
        except (OSError, EOFError, ValueError) as error:
            raise BundleError(f"{folder} does not hold a vector space: {error}. Build the bundle again.") from error
        return cls(spec, lexical=lexical, tabular=tabular, **arrays)
