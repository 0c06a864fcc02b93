"""One FAISS index with its exact vectors: either the high-value rows or the rest, numbered from 0."""

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from .arrays import open_array
from .codes import byte_queries, pad, padded_width
from .exact import rerank, scan
from .faiss_file import open_faiss
from .search_result import SearchResult, absent
from .spec import PartSpec

# Fetching and comparing one matching row costs as much as skipping this many rows by bitmap.
FETCH_COST = 300
# From this many queries on, matrix products over whole blocks beat FAISS's one-by-one scan of flat codes.
BATCH_QUERIES = 16
# Measured on neural and mixed vectors, 10k–1M rows: 20 spare candidates already give flat int8 recall 1.0000.
SPARE_CANDIDATES = 40
# Components (rows × dimensions) of byte codes that a search compares without lists, in about 1 ms.
SCANNED_COMPONENTS = 16_000_000
# The number of neighbours for which `probes` was chosen. Visiting lists in proportion to the fourth root of k
# keeps recall at .998 from 20 to 2,000 neighbours of 100k rows.
PROBED_NEIGHBOURS = 20
# A filter's matches may lie far from the query, in lists whose order says less: visit this many times as many.
FILTER_WIDENING = 4


class Part:
    """Searches rows 0..n-1 of one part; safe to call from several threads."""

    def __init__(self, spec: PartSpec, index: Any, vectors: NDArray[np.float16]) -> None:
        self.spec = spec
        self.stored = vectors
        self.index = index

    @classmethod
    def open(cls, folder: Path, spec: PartSpec, dimension: int) -> "Part":
        """Map the part's files; raises BundleError naming the file that is absent or does not fit."""
        index = open_faiss(folder / spec.faiss_file, spec, padded_width(dimension))
        if spec.kind == "flat-fp16":
            return cls(spec, index, _flat_vectors(index)[:, :dimension])
        shape = (spec.rows, dimension)
        return cls(spec, index, open_array(folder / spec.vectors_file, np.float16, shape))

    def search(self, queries: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None = None) -> SearchResult:
        """The k nearest of the rows in `mask` bool [n] (None: all): min(k, matching rows) are found."""
        matching = self.spec.rows if mask is None else int(np.count_nonzero(mask))
        k = min(k, matching)
        if not k or not len(queries):
            return absent(len(queries), k)
        batch = len(queries) >= BATCH_QUERIES and self.spec.kind != "ivf-int8"
        if batch or (mask is not None and matching * FETCH_COST <= self.spec.rows):
            return scan(queries, self.stored, k, None if mask is None else np.flatnonzero(mask))
        return self._complete(queries, self.probe(queries, k, mask, matching), k, mask)

    def probe(
        self, queries: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None, matching: int
    ) -> SearchResult:
        parameters = self._parameters(k, mask, matching)
        if self.spec.kind == "flat-fp16":
            return SearchResult(*self.index.search(pad(queries), k, params=parameters))
        candidates = min(matching, k + max(SPARE_CANDIDATES, k // 2))
        _, rows = self.index.search(byte_queries(queries), candidates, params=parameters)
        return rerank(queries, self.stored, rows, k)

    def _parameters(self, k: int, mask: NDArray[np.bool_] | None, matching: int) -> Any:
        lists = self.spec.kind == "ivf-int8"
        parameters: Any = faiss.SearchParametersIVF() if lists else faiss.SearchParameters()
        if lists:
            parameters.nprobe = self._probes(k, None if mask is None else matching)
        if mask is not None:
            bitmap: Any = faiss.IDSelectorBitmap
            parameters.sel = bitmap(np.packbits(mask, bitorder="little"))
        return parameters

    def _probes(self, k: int, matching: int | None) -> int:
        """Lists to visit: all where few rows match, else as many as hold the usual number of matches."""
        widening = max(1.0, k / PROBED_NEIGHBOURS) ** 0.25
        if matching is not None:
            if matching * self.index.d <= SCANNED_COMPONENTS:
                return self.spec.lists
            widening *= FILTER_WIDENING * self.spec.rows / matching
        return min(self.spec.lists, int(np.ceil(self.spec.probes * widening)))

    def _complete(
        self, queries: NDArray[np.float32], found: SearchResult, k: int, mask: NDArray[np.bool_] | None
    ) -> SearchResult:
        """Scan exactly for the queries whose probed lists held fewer than k matching rows."""
        short = np.flatnonzero(found.rows[:, -1] < 0)
        if short.size:
            rows = None if mask is None else np.flatnonzero(mask)
            whole = scan(queries[short], self.stored, k, rows)
            found.similarities[short], found.rows[short] = whole.similarities, whole.rows
        return found


def _flat_vectors(index: Any) -> NDArray[np.float16]:
    """The float16 codes of a flat index [n, width] over FAISS's own memory, valid while the index lives."""
    codes: NDArray[np.uint8] = faiss.rev_swig_ptr(index.codes.data(), index.codes.size())
    vectors = codes.view(np.float16).reshape(index.ntotal, index.d)
    vectors.flags.writeable = False
    return vectors
