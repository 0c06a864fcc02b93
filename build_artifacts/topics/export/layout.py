"""Where topics lie on the map."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SEED = 0
_COMPONENTS = 50
"""Enough for neighbours in sentence embeddings, and an eighth of the time."""
_NEIGHBOURS = 15
_PULL = 0.2
"""Of a theme on its topics: with more, themes shrink to dots; with none, they overlap more than they must."""
_APART = 0.5
"""UMAP's `min_dist`: topics next to each other stay visible one by one."""
_STRETCH = 2.0
_FEW, _SOME = 10, 1000


def lay_out(vectors: NDArray[np.float32], themes: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
    """Positions [t, 2] between 0 and 1 of topics with vectors [t, d] and themes [t], the same for the same input.

    Topics of a theme are drawn together, and similar topics lie close. Up to a thousand by t-SNE (van der Maaten and
    Hinton 2008), more by UMAP (McInnes et al. 2018), whose start alone takes longer than t-SNE of so few.
    """
    if len(vectors) < 2:
        return np.full((len(vectors), 2), 0.5, np.float32)
    drawn = _principal(_towards_themes(vectors, themes))
    if len(drawn) <= _FEW:
        return _fit(drawn[:, :2])
    return _fit(_tsne(drawn) if len(drawn) <= _SOME else _umap(drawn))


def _towards_themes(vectors: NDArray[np.float32], themes: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
    """Each unit vector, a little nearer to its theme's mean."""
    units = _units(vectors)
    _, rows = np.unique(themes, return_inverse=True)
    means = np.zeros((int(rows.max()) + 1, units.shape[1]), np.float32)
    np.add.at(means, rows, units)
    return units + _PULL * _units(means)[rows]


def _units(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)


def _principal(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """[t, 2 or more]: the directions of most variance."""
    centred = vectors - vectors.mean(axis=0)
    values, directions = np.linalg.eigh(centred.T @ centred)
    kept = directions[:, np.argsort(values)[::-1][:_COMPONENTS]]
    projected = centred @ kept
    return np.pad(projected, ((0, 0), (0, max(0, 2 - projected.shape[1]))))


def _tsne(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    # For so few points more threads only wait for each other.
    with threadpool_limits(1):
        tsne = TSNE(perplexity=min(30.0, (len(vectors) - 1) / 3), init="pca", random_state=_SEED)
        return np.asarray(tsne.fit_transform(vectors), np.float32)


def _umap(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    import umap

    with warnings.catch_warnings():
        # It tells that new topics cannot be added to the map.
        warnings.filterwarnings("ignore", message=r"precomputed_knn\[2\]")
        model = umap.UMAP(
            n_neighbors=_NEIGHBOURS,
            min_dist=_APART,
            precomputed_knn=_nearest(vectors),
            init="pca",
            random_state=_SEED,
            n_jobs=1,
        )
        return np.asarray(model.fit_transform(vectors), np.float32)


def _nearest(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Exact neighbours [t, k] and their distances, each point its own first."""
    import faiss

    index = faiss.IndexFlatL2(vectors.shape[1])
    points = np.ascontiguousarray(vectors)
    index.add(points)
    distances, rows = index.search(points, _NEIGHBOURS)
    return rows.astype(np.int32), np.sqrt(np.maximum(distances, 0))


def _fit(positions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Into the unit square, the middle in the middle; the shorter axis is stretched, but not to noise."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    spans = np.maximum(high - low, max(float((high - low).max()) / _STRETCH, 1e-12))
    return np.asarray((positions - (low + high) / 2) / spans + 0.5, np.float32)
