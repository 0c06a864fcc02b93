"""Find companies like a description, like some companies, and unlike others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadgen.bundle import TableManifest
from leadgen.duplicates import registrable_domain, website_domain
from leadgen.errors import BundleError, LeadgenError
from leadgen.features import EncodedRows, Row, VectorSpace
from leadgen.index import RowFilter, VectorIndex
from leadgen.rows import Filter, RowStore
from leadgen.text import TextModel

Floats = NDArray[np.float32]

DOMAIN = "website_domain"
"""The filter column that the build derives from the companies' websites."""

_NEGATIVE_WEIGHT = 0.5


def site_domain(website: Any) -> str | None:
    """The registrable domain of a URL or host name, the same for all hosts of one company; None for anything else."""
    host = website_domain(website) if isinstance(website, str) else None
    return None if host is None else registrable_domain(host) or host


class UnknownCompanyError(LeadgenError):
    """No company of the bundle has this id."""


class QueryError(LeadgenError):
    """A similarity query names a space that does not exist, or nothing to compare with."""


@dataclass(frozen=True)
class SimilarQuery:
    """`row` holds the plan's columns of a company that need not be known; ids are companies of the bundle."""

    row: Row | None = None
    like: Sequence[str] = ()
    unlike: Sequence[str] = ()
    n: int = 10
    offset: int = 0
    filters: Mapping[str, Filter] = field(default_factory=dict)
    excluded_domains: Sequence[str] = ()
    min_similarity: float = -1.0
    space: str | None = None
    explain: bool = True


@dataclass(frozen=True, slots=True)
class SimilarCompany:
    """A company found. `explanation` splits the similarity exactly over blocks, columns, words and seeds."""

    company_id: str
    similarity: float
    record: Mapping[str, Any]
    explanation: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class SimilarCompanies:
    """One page. `matching` counts the companies that pass the filters, however similar."""

    companies: Sequence[SimilarCompany]
    space: str
    matching: int
    text_truncated: bool


@dataclass(frozen=True)
class _Seed:
    """A company of the bundle; `row` is None for the query itself."""

    name: str
    sign: float
    vector: Floats
    row: int | None = None


class CompanyFinder:
    """The companies' spaces, their indexes and rows; safe to call from several threads."""

    def __init__(
        self,
        manifest: TableManifest,
        model: TextModel | None,
        rows: RowStore,
        spaces: Mapping[str, tuple[VectorSpace, VectorIndex]],
    ) -> None:
        self.manifest = manifest
        self.rows = rows
        self._model = model
        self._spaces = spaces

    @classmethod
    def open(cls, folder: Path, manifest: TableManifest, model: TextModel | None) -> "CompanyFinder":
        """Open `companies/` of a bundle; raises BundleError."""
        rows = RowStore.open(folder / "rows")
        spaces = {}
        for name in manifest.spaces:
            space = VectorSpace.load(folder / "spaces" / name / "space")
            index = VectorIndex.open(folder / "spaces" / name / "index")
            if not index.size == len(rows) == manifest.rows or index.dimension != space.dimension:
                raise BundleError(f"the files of {folder} do not belong together. Build the bundle again.")
            spaces[name] = space, index
        return cls(manifest, model, rows, spaces)

    @property
    def spaces(self) -> Mapping[str, tuple[VectorSpace, VectorIndex]]:
        """Each space by name, with its index."""
        return self._spaces

    def get(self, company_id: str) -> dict[str, Any]:
        """The shown columns of one company; raises UnknownCompanyError."""
        return self._shown(self.rows.record(self._row(company_id)))

    def similar(self, query: SimilarQuery) -> SimilarCompanies:
        """The most similar companies, best first; never fewer than `n` where so many pass the filters.

        Raises UnknownCompanyError, QueryError, or FilterError naming the column at fault.
        """
        name = query.space or self.manifest.default_space
        if name not in self._spaces:
            raise QueryError(f"space {name!r} does not exist; this bundle has {', '.join(sorted(self._spaces))}")
        space, index = self._spaces[name]
        seeds, encoded = self._seeds(query, space, index)
        target = np.asarray(sum(seed.sign * seed.vector for seed in seeds), dtype=np.float32)
        length = max(float(np.linalg.norm(target)), 1e-12)
        own = [seed.row for seed in seeds if seed.row is not None]
        within = self._within(query)
        found = index.search(target[None] / length, query.offset + query.n, within=within, exclude=[own])
        page = slice(query.offset, query.offset + query.n)
        hits = [
            (int(row), float(similarity))
            for row, similarity in zip(found.rows[0, page], found.similarities[0, page], strict=True)
            if row >= 0 and similarity >= query.min_similarity
        ]
        rows = [row for row, _ in hits]
        explanations: list[dict[str, dict[str, float]]] = [{} for _ in hits]
        if query.explain:
            explain = self._explainer(seeds, encoded, space, length)
            explanations = explain(index.vectors(rows))
        companies = [
            SimilarCompany(str(record[self.manifest.id_column]), similarity, self._shown(record), explanation)
            for (_, similarity), record, explanation in zip(hits, self.rows.records(rows), explanations, strict=True)
        ]
        truncated = encoded is not None and bool(encoded.truncated[0])
        return SimilarCompanies(companies, name, len(self.rows) if within is None else within.count, truncated)

    def _seeds(
        self, query: SimilarQuery, space: VectorSpace, index: VectorIndex
    ) -> tuple[list[_Seed], EncodedRows | None]:
        seeds: list[_Seed] = []
        encoded = None
        if query.row is not None:
            encoded = space.encode([query.row], self._model)
            if not encoded.vectors.any():
                raise QueryError("the description says nothing that this bundle knows; give more text or columns")
            seeds.append(_Seed("query", 1.0, encoded.vectors[0]))
        if not seeds and not query.like:
            raise QueryError("nothing to compare with: give a description or at least one company id")
        rows = [self._row(company_id) for company_id in (*query.like, *query.unlike)]
        vectors = list(index.vectors(rows))
        positive = 1.0 / max(len(query.like), 1)
        negative = -_NEGATIVE_WEIGHT / max(len(query.unlike), 1)
        signs = [positive] * len(query.like) + [negative] * len(query.unlike)
        names = (*query.like, *query.unlike)
        seeds += [_Seed(*seed) for seed in zip(names, signs, vectors, rows, strict=True)]
        return seeds, encoded

    def _explainer(
        self, seeds: Sequence[_Seed], encoded: EncodedRows | None, space: VectorSpace, length: float
    ) -> "_Explainer":
        rows = self.rows.records(seed.row for seed in seeds if seed.row is not None)
        parts = [] if encoded is None else [(encoded, 0)]
        if rows:
            known = space.encode(rows, self._model)
            parts += [(known, i) for i in range(len(rows))]
        return _Explainer(space, [(s, *part) for s, part in zip(seeds, parts, strict=True)], length)

    def _within(self, query: SimilarQuery) -> RowFilter | None:
        filters: dict[str, Filter] = dict(query.filters)
        within = self.rows.match(filters) if filters else None
        if query.excluded_domains:
            unwanted = [site_domain(domain) or domain for domain in query.excluded_domains]
            kept = self.rows.match({DOMAIN: {"not": unwanted}})
            within = kept if within is None else within & kept
        return within

    def _row(self, company_id: str) -> int:
        row = self.rows.find(company_id)
        if row is None:
            raise UnknownCompanyError(f"no company has the id {company_id!r}")
        return row

    def _shown(self, record: Mapping[str, Any]) -> dict[str, Any]:
        return {column: record[column] for column in self.manifest.shown if column in record}


class _Explainer:
    """Splits the similarity of the combined seeds to each company over blocks, columns, words and seeds."""

    def __init__(self, space: VectorSpace, seeds: Sequence[tuple[_Seed, EncodedRows, int]], length: float) -> None:
        self._space = space
        self._seeds = seeds
        self._length = length

    def __call__(self, vectors: Floats) -> list[dict[str, dict[str, float]]]:
        totals: list[dict[str, dict[str, float]]] = [{} for _ in vectors]
        for seed, encoded, row in self._seeds:
            share = seed.sign / self._length
            for total, split in zip(totals, self._space.explain(encoded, row, vectors), strict=True):
                split["seeds"] = {seed.name: sum(split["blocks"].values())}
                for kind, added in split.items():
                    into = total.setdefault(kind, {})
                    for name, value in added.items():
                        into[name] = into.get(name, 0.0) + share * value
        return totals
