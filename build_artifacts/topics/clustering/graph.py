"""Communities of the shared-nearest-neighbour graph, as a cluster model of scikit-learn's manner."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .exact import distinct, nearest, whole_numbers
from .libraries import Louvain

Labels = NDArray[np.int32]
_LEAST_SHARED = 0.2


class GraphClusterer:
    """Louvain's communities of the graph that joins rows by the nearest neighbours they share.

    It has scikit-learn's interface, so BERTopic takes it as `hdbscan_model`. There is no randomness: the same rows in
    the same order give the same labels. Sources: Jarvis & Patrick, IEEE Trans. Computers C-22 (1973), for the graph;
    Blondel et al., J. Stat. Mech. P10008 (2008), for the communities.
    """

    labels_: Labels

    def __init__(self, neighbours: int = 20, resolution: float = 1.2) -> None:
        self.neighbours = neighbours
        self.resolution = resolution

    def fit(self, X: NDArray[Any], y: object = None) -> "GraphClusterer":  # noqa: ARG002
        """Set `labels_` int32 [n] for rows [n, d], n ≥ 1; rows of one direction have one label."""
        points, place = distinct(whole_numbers(X))
        self.labels_ = communities(neighbour_graph(points, self.neighbours), self.resolution)[place]
        return self


def neighbour_graph(points: NDArray[np.float32], k: int) -> sparse.csr_matrix:
    """Symmetric float32 [n, n] of `whole_numbers` [n, d]: the Jaccard index of the k nearest neighbours of two rows.

    Pairs that share less than a fifth of them are not joined. k is lowered to half of the rows.
    """
    n = len(points)
    k = max(min(k, n // 2), 1)
    columns = nearest(points, k)
    rows = np.repeat(np.arange(n), k)
    near = sparse.csr_matrix((np.ones(n * k, dtype=np.float32), (rows, columns.ravel())), shape=(n, n))
    shared = (near @ near.T).tocsr()
    shared.data[shared.data < _LEAST_SHARED * k] = 0
    shared.setdiag(0)
    shared.eliminate_zeros()
    shared.data /= 2 * k - shared.data
    return shared


def communities(graph: sparse.csr_matrix, resolution: float) -> Labels:
    """Label int32 [n] of each node; nodes without an edge are communities of their own."""
    if graph.nnz == 0:
        return np.arange(graph.shape[0], dtype=np.int32)
    louvain = Louvain(resolution, modularity="newman", sort_clusters=False, return_probs=False, return_aggregate=False)
    return np.asarray(louvain.fit_predict(graph), dtype=np.int32)
