"""Places for labels that do not cover each other."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_RINGS, _DIRECTIONS = 24, 16


def place_labels(anchors: NDArray[np.floating[Any]], sizes: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Centres [n, 2] of boxes of sizes [n, 2] (width, height), each as near its anchor as the ones before leave room.

    All in pixels, or any other unit. A box that finds no room nearby is NaN.
    """
    centres = np.full((len(anchors), 2), np.nan)
    for row, (anchor, size) in enumerate(zip(anchors, sizes, strict=True)):
        placed = ~np.isnan(centres[:, 0])
        candidates = anchor + _offsets(size)
        room = (sizes[placed] + size) / 2
        apart = np.abs(candidates[:, None, :] - centres[placed][None, :, :]) >= room[None, :, :]
        free = np.flatnonzero(apart.any(axis=2).all(axis=1))
        if len(free):
            centres[row] = candidates[free[0]]
    return centres


def _offsets(size: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Rings of growing distance, the anchor itself first."""
    angles = np.linspace(0, 2 * np.pi, _DIRECTIONS, endpoint=False)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    steps = np.arange(1, _RINGS + 1)[:, None, None] * size[1] / 2
    return np.concatenate([np.zeros((1, 2)), (steps * directions).reshape(-1, 2)])
