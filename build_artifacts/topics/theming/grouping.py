"""Groups of vectors at as many levels as can be overlooked."""

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from ..clustering.exact import distinct, whole_numbers
from ..clustering.folding import Floats, Labels, by_size, centroids, folded
from ..clustering.graph import communities, neighbour_graph

_FEWEST_ROWS = 12
_MOST_LEVELS = 3
_STEPS = 12
_NEAR_ENOUGH = 0.05
_RESOLUTIONS = (0.1, 1000.0)


def levels(vectors: Floats, neighbours: int, smallest: int) -> list[Labels]:
    """Nested groups of unit rows [t, d], t ≥ 1, for each level int32 [t]; the finest first.

    A level has about as many groups as a group has members: the square root of the number of the level below. Fewer
    than 12 are overlooked without a level above them, and there are at most three levels. The groups of level 0 are
    communities of the neighbour graph, those above by Ward's method over their centroids.
    """
    out = [_communities(vectors, neighbours, smallest)]
    centers = centroids(vectors, out[0])
    count = len(centers)
    while count > _FEWEST_ROWS and len(out) < _MOST_LEVELS:
        above = _joined(centers, round(np.sqrt(count)))
        out.append(by_size(above[out[0]]))
        count = len(np.unique(above))
    return out


def _communities(vectors: Floats, neighbours: int, smallest: int) -> Labels:
    """The groups whose number is nearest to the square root of the rows', by bisection over Louvain's resolution.

    Where the graph falls apart into more islands than that, the islands are joined by Ward's method.
    """
    points, place = distinct(whole_numbers(vectors))
    if len(points) < _FEWEST_ROWS:
        return np.zeros(len(vectors), dtype=np.int32)
    graph = neighbour_graph(points, neighbours)
    aim, (low, high) = np.sqrt(len(points)), _RESOLUTIONS
    best, error = np.zeros(len(vectors), dtype=np.int32), np.inf
    for _ in range(_STEPS):
        resolution = float(np.sqrt(low * high))
        labels = folded(vectors, communities(graph, resolution)[place], smallest)
        count = int(labels.max()) + 1
        if abs(count - aim) < error:
            best, error = labels, abs(count - aim)
        if error <= _NEAR_ENOUGH * aim:
            return best
        low, high = (resolution, high) if count < aim else (low, resolution)
    many = int(best.max()) + 1 > aim + 1
    return by_size(_joined(centroids(vectors, best), round(aim))[best]) if many else best


def _joined(centers: Floats, count: int) -> Labels:
    """A group 1, 2, … for each of the centroids, at most `count` groups, by Ward's method."""
    return np.asarray(fcluster(linkage(centers, "ward"), count, "maxclust"), dtype=np.int32)
