"""The best columns of each row of a similarity matrix."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def best_columns(similarities: NDArray[Any], k: int) -> NDArray[np.int64]:
    """Columns of the k largest entries of each row of [n, m], largest first: int64 [n, k]; k is at most m."""
    best = np.argpartition(-similarities, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(similarities, best, axis=1), axis=1, kind="stable")
    return np.asarray(np.take_along_axis(best, order, axis=1))
