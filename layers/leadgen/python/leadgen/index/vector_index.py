"""The index that serving searches: all rows and the high-value rows in one pass."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import open_array
from .part import Part
from .row_filter import RowFilter
from .search_result import BothResults, SearchResult, absent, nearest, without
from .spec import ORDER_FILE, POSITIONS_FILE, IndexSpec


class VectorIndex:
    """Cosine search over L2-normalised vectors, opened by memory map; safe to call from several threads.

    The high-value rows and the rest are two separate FAISS indexes. One pass over both answers "the nearest
    of all" (the merged answers) and "the nearest high-value ones" (the first answer), and the recall of the
    second does not depend on lists made for all rows.

    A filter that many rows pass is searched by lists as well: the number of rows found is always right, and
    recall is the measured one unless the filter removes all that is near the query.
    """

    def __init__(
        self,
        spec: IndexSpec,
        parts: Sequence[Part],
        order: NDArray[np.uint32] | None,
        positions: NDArray[np.uint32] | None,
        threads: int,
    ) -> None:
        self.spec = spec
        self.threads = threads
        self._parts = parts
        self._order = order
        self._positions = positions

    @classmethod
    def open(cls, folder: Path, *, threads: int = 1) -> "VectorIndex":
        """Open an index that `build_artifacts.indices` wrote; raises BundleError naming the file at fault.

        `threads` is what one search may use. A single query never uses more than one; on a server whose cores
        are busy with other requests more than one makes every search slower.
        """
        spec = IndexSpec.read(folder)
        parts = [Part.open(folder, part, spec.dimension) for part in spec.parts]
        if len(parts) == 1:
            return cls(spec, parts, None, None, threads)
        order = open_array(folder / ORDER_FILE, np.uint32, (spec.rows,))
        positions = open_array(folder / POSITIONS_FILE, np.uint32, (spec.rows,))
        return cls(spec, parts, order, positions, threads)

    @property
    def size(self) -> int:
        """How many rows are indexed."""
        return self.spec.rows

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self.spec.dimension

    @property
    def kind(self) -> str:
        """The kinds of FAISS index in use, such as `flat-fp16+ivf-int8`."""
        return self.spec.kind

    def search(
        self,
        queries: NDArray[np.float32],
        k: int,
        within: RowFilter | None = None,
        exclude: Sequence[Sequence[int]] | None = None,
    ) -> SearchResult:
        """The k most similar rows of each query.

        `queries` is float32 [n, d], L2-normalised; `within` limits every query to some rows; `exclude` names,
        per query, a few rows never to return (its own). As many rows are found as exist, up to k; -1 and -inf
        fill up. Raises ValueError for queries of another shape or not finite and a filter of another size.
        """
        return nearest(self._search_parts(queries, k, within, exclude), k)

    def search_both(
        self,
        queries: NDArray[np.float32],
        k: int,
        k_high_value: int | None = None,
        within: RowFilter | None = None,
        exclude: Sequence[Sequence[int]] | None = None,
    ) -> BothResults:
        """The k nearest of all rows and the `k_high_value` (None: k) nearest high-value rows, in one pass."""
        wanted = k if k_high_value is None else k_high_value
        found = self._search_parts(queries, max(k, wanted), within, exclude)
        high = found[0] if self.spec.parts[0].name == "high" else absent(len(queries), wanted)
        return BothResults(nearest(found, k), nearest([high], wanted))

    def search_high_value(
        self,
        queries: NDArray[np.float32],
        k: int,
        within: RowFilter | None = None,
        exclude: Sequence[Sequence[int]] | None = None,
    ) -> SearchResult:
        """The k nearest high-value rows; none when the index was written without labels."""
        if self.spec.parts[0].name != "high":
            return absent(len(queries), k)
        return nearest(self._search_parts(queries, k, within, exclude, parts=1), k)

    def vectors(self, rows: ArrayLike) -> NDArray[np.float32]:
        """The stored vectors of `rows` int64 [m], rounded to float16: float32 [m, d]. Raises IndexError."""
        wanted = np.asarray(rows, dtype=np.int64)
        if wanted.size and (wanted.min() < 0 or wanted.max() >= self.size):
            raise IndexError(f"a row is outside 0..{self.size - 1}")
        at = wanted if self._positions is None else self._positions[wanted].astype(np.int64)
        vectors = np.empty((len(wanted), self.dimension), dtype=np.float32)
        start = 0
        for part in self._parts:
            inside = (at >= start) & (at < start + part.spec.rows)
            vectors[inside] = part.stored[at[inside] - start]
            start += part.spec.rows
        return vectors

    def _search_parts(
        self,
        queries: NDArray[np.float32],
        k: int,
        within: RowFilter | None,
        exclude: Sequence[Sequence[int]] | None,
        parts: int = 2,
    ) -> list[SearchResult]:
        """Each part's answer in row numbers, with enough spare rows to make up for the excluded ones."""
        queries = self._checked(queries, k, within, exclude)
        # OpenMP keeps its number of threads per calling thread: a thread pool's workers must set their own.
        faiss.omp_set_num_threads(self.threads)
        fetched = k + max(map(len, exclude or ()), default=0)
        results, start = [], 0
        for part in self._parts[:parts]:
            span = slice(start, start + part.spec.rows)
            found = part.search(queries, fetched, self._mask(within, span))
            results.append(without(self._in_rows(found, span), exclude))
            start = span.stop
        return results

    def _mask(self, within: RowFilter | None, span: slice) -> NDArray[np.bool_] | None:
        if within is None or within.count == self.size:
            return None
        return within.mask if self._order is None else within.mask[self._order[span]]

    def _in_rows(self, found: SearchResult, span: slice) -> SearchResult:
        if self._order is None or not found.rows.size:
            return found
        rows = self._order[span][found.rows].astype(np.int64)
        rows[found.rows < 0] = -1
        return SearchResult(found.similarities, rows)

    def _checked(
        self, queries: NDArray[np.float32], k: int, within: RowFilter | None, exclude: Sequence[Any] | None
    ) -> NDArray[np.float32]:
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        if queries.ndim != 2 or queries.shape[1] != self.dimension:
            raise ValueError(f"queries have shape {list(queries.shape)}, the index wants [n, {self.dimension}]")
        if not np.isfinite(queries).all():
            raise ValueError("a query holds NaN or an infinity")
        if k < 1:
            raise ValueError(f"k is {k}; ask for at least one row")
        if within is not None and within.size != self.size:
            raise ValueError(f"the filter is over {within.size} rows, the index over {self.size}")
        if exclude is not None and len(exclude) != len(queries):
            raise ValueError(f"exclude has {len(exclude)} entries for {len(queries)} queries")
        return queries
