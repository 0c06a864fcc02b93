"""Score leads against the customers of a bundle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadgen.bundle import TableManifest
from leadgen.calibration import Calibration
from leadgen.duplicates import DuplicateMatch, DuplicateMatcher
from leadgen.errors import BundleError, ConfigurationError
from leadgen.features import EncodedRows, Row, VectorSpace
from leadgen.index import BothResults, SearchResult, VectorIndex
from leadgen.rows import RowStore
from leadgen.scoring import Neighborhood, high_value_share, log_odds, mean_similarity
from leadgen.text import TextModel

Explanation = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A customer near the lead. `contribution` is its part in the smoothed share of high-value neighbours."""

    customer_id: str
    similarity: float
    high_value: bool
    contribution: float
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The customer that a lead duplicates, or may: only a person's mailbox blocks."""

    customer_id: str
    rule: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class Scores:
    """The numbers of one lead; see scoring.py and calibration.py for their formulas."""

    S_look: float
    S_novel: float
    contrast: float
    contrast_raw: float
    percentiles: Mapping[str, float]
    probability: float
    band: str
    novelty_p_value: float
    coverage: float
    text_truncated: bool
    neighbors: Sequence[Neighbor]
    high_value_neighbors: Sequence[Neighbor]
    explanation: Mapping[str, Explanation]


@dataclass(frozen=True, slots=True)
class LeadResult:
    """`scores` is None where `duplicate` blocks; weaker matches are listed in `possible_duplicates`."""

    scores: Scores | None
    duplicate: Duplicate | None = None
    possible_duplicates: Sequence[Duplicate] = field(default_factory=tuple)


class LeadScorer:
    """The customers' space, index, rows, calibration and duplicate tables; safe to call from several threads."""

    def __init__(
        self,
        manifest: TableManifest,
        model: TextModel | None,
        *,
        space: VectorSpace,
        index: VectorIndex,
        rows: RowStore,
        calibration: Calibration,
        duplicates: DuplicateMatcher,
    ) -> None:
        if manifest.neighborhood is None or rows.labels is None:
            raise BundleError("the customers of this bundle have no high-value labels. Build the bundle again.")
        self.manifest = manifest
        self.rows = rows
        self.calibration = calibration
        self._hood: Neighborhood = manifest.neighborhood
        self._labels: NDArray[np.bool_] = rows.labels
        self._model = model
        self._space = space
        self._index = index
        self._duplicates = duplicates

    @classmethod
    def open(
        cls, folder: Path, manifest: TableManifest, model: TextModel | None, digest_key: str | None
    ) -> "LeadScorer":
        """Open `customers/` of a bundle; raises BundleError, or ConfigurationError for the digest key."""
        if not digest_key:
            raise ConfigurationError(
                "LEADGEN_DIGEST_KEY is not set: set it to the secret that the bundle was built with, "
                "or duplicate e-mails cannot be recognised."
            )
        space, index = VectorSpace.load(folder / "space"), VectorIndex.open(folder / "index")
        rows = RowStore.open(folder / "rows")
        if not index.size == len(rows) == manifest.rows or index.dimension != space.dimension:
            raise BundleError(f"the files of {folder} do not belong together. Build the bundle again.")
        return cls(
            manifest,
            model,
            space=space,
            index=index,
            rows=rows,
            calibration=Calibration.load(folder / "calibration.json"),
            duplicates=DuplicateMatcher.open(folder / "duplicates", digest_key),
        )

    @property
    def index(self) -> VectorIndex:
        """The customers' vectors; row numbers are those of `rows`."""
        return self._index

    @property
    def base_rate(self) -> float:
        """Share of the customers that are high value."""
        return self._hood.base_rate

    def score(
        self, leads: Sequence[Row], *, neighbors: int = 10, explain: bool = True, emails_block: bool = True
    ) -> list[LeadResult]:
        """Score leads; each row holds the plan's columns, and may hold `customer_id` and `email`.

        A row that is a customer's is never compared with itself. With `emails_block` off duplicates are only listed.
        """
        matches = [self._match(lead) for lead in leads]
        blocked = [bool(m and m.blocks and emails_block) for m in matches]
        scored = [i for i, stop in enumerate(blocked) if not stop]
        results = [LeadResult(None, *self._duplicates_of(match)) for match in matches]
        if not scored:
            return results
        own = [self._own_rows(leads[i], matches[i]) for i in scored]
        encoded = self._space.encode([leads[i] for i in scored], self._model)
        for i, scores in zip(scored, self._scores(encoded, own, neighbors, explain=explain), strict=True):
            exact, possible = results[i].duplicate, results[i].possible_duplicates
            results[i] = LeadResult(scores, None, possible if exact is None else (exact, *possible))
        return results

    def _match(self, lead: Row) -> DuplicateMatch | None:
        columns = {"email": "email", **self.manifest.duplicate_columns}
        cells = {role: lead.get(column) for role, column in columns.items() if role in _ROLES}
        return self._duplicates.match(**{role: cell for role, cell in cells.items() if isinstance(cell, str)})

    def _duplicates_of(self, match: DuplicateMatch | None) -> tuple[Duplicate | None, tuple[Duplicate, ...]]:
        if match is None:
            return None, ()
        flags = tuple(
            Duplicate(self._id(row), flag.rule, blocks=False)
            for flag in match.flags
            if not (match.blocks and flag.rule == match.rule)
            for row in flag.rows[:3]
        )
        return (Duplicate(self._id(match.row), match.rule, blocks=True) if match.blocks else None), flags

    def _own_rows(self, lead: Row, match: DuplicateMatch | None) -> list[int]:
        """Rows of the same customer or company: they would call every lead a look-alike of itself."""
        row = self.rows.find(str(lead["customer_id"])) if lead.get("customer_id") else None
        same = [r for flag in match.flags if flag.rule in _SAME_ENTITY for r in flag.rows] if match else []
        return ([] if row is None else [row]) + same

    def _id(self, row: int) -> str:
        return str(self.rows.record(row)[self.manifest.id_column])

    def _scores(
        self, encoded: EncodedRows, own: Sequence[Sequence[int]], neighbors: int, *, explain: bool
    ) -> list[Scores]:
        hood = self._hood
        found = self._index.search_both(
            encoded.vectors, max(hood.contrast, hood.look, neighbors), max(hood.look, neighbors), exclude=own
        )
        found = _of_known(encoded.vectors, found)
        everyone, high = found.everyone, found.high_value
        look = mean_similarity(high.similarities, hood.look)
        novel = 1.0 - mean_similarity(everyone.similarities, hood.novel)
        share, parts = high_value_share(everyone.similarities, self._labels[everyone.rows], hood)
        contrast = log_odds(share, hood.base_rate)
        raw = look - mean_similarity(everyone.similarities, hood.look)
        basis = {"S_look": look, "contrast": contrast, "blend": contrast + self.calibration.linear(encoded.blocks)}
        probability = self.calibration.probability(basis[self.calibration.scorer])
        percentiles = {
            "S_look": self.calibration.percentile("look", look),
            "S_novel": self.calibration.percentile("novel", novel),
            "contrast": self.calibration.percentile("contrast", contrast),
        }
        p_value = self.calibration.novelty_p_value(novel)
        return [
            Scores(
                S_look=float(look[i]),
                S_novel=float(novel[i]),
                contrast=float(contrast[i]),
                contrast_raw=float(raw[i]),
                percentiles={name: float(values[i]) for name, values in percentiles.items()},
                probability=float(probability[i]),
                band=self.calibration.band(float(probability[i])),
                novelty_p_value=float(p_value[i]),
                coverage=float(encoded.coverage[i]),
                text_truncated=bool(encoded.truncated[i]),
                neighbors=self._neighbors(everyone.rows[i, :neighbors], everyone.similarities[i], parts[i]),
                high_value_neighbors=self._neighbors(high.rows[i, :neighbors], high.similarities[i], None),
                explanation=self._explain(encoded, i, found) if explain else {},
            )
            for i in range(len(encoded.vectors))
        ]

    def _neighbors(
        self, rows: NDArray[np.int64], similarities: NDArray[np.float32], parts: NDArray[np.float64] | None
    ) -> list[Neighbor]:
        present = [int(row) for row in rows if row >= 0]
        return [
            Neighbor(
                customer_id=str(record[self.manifest.id_column]),
                similarity=float(similarities[j]),
                high_value=bool(self._labels[row]),
                contribution=float(parts[j]) if parts is not None and j < len(parts) else 0.0,
                record={column: record[column] for column in self.manifest.shown if column in record},
            )
            for j, (row, record) in enumerate(zip(present, self.rows.records(present), strict=True))
        ]

    def _explain(self, encoded: EncodedRows, i: int, found: BothResults) -> dict[str, Explanation]:
        """S_look and contrast_raw, split exactly: both are the lead's product with a mean of stored vectors."""
        look = self._mean_vector(found.high_value.rows[i])
        everyone = self._mean_vector(found.everyone.rows[i])
        split = self._space.explain(encoded, i, np.stack([look, look - everyone]))
        return dict(zip(("S_look", "contrast_raw"), split, strict=True))

    def _mean_vector(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        present = rows[: self._hood.look][rows[: self._hood.look] >= 0]
        if not len(present):
            return np.zeros(self._index.dimension, dtype=np.float32)
        return np.asarray(self._index.vectors(present).mean(axis=0), dtype=np.float32)


def _of_known(vectors: NDArray[np.float32], found: BothResults) -> BothResults:
    """No neighbours for a lead of which the space knows nothing: every row is equally far from a vector of zeros."""
    empty = ~vectors.any(axis=1)
    if not empty.any():
        return found
    blanks = []
    for result in (found.everyone, found.high_value):
        similarities, rows = result.similarities.copy(), result.rows.copy()
        similarities[empty], rows[empty] = -np.inf, -1
        blanks.append(SearchResult(similarities, rows))
    return BothResults(*blanks)


_ROLES = frozenset({"email", "name", "company", "country", "city", "website"})
_SAME_ENTITY = frozenset({"email_exact", "email_canonical", "company_domain"})
