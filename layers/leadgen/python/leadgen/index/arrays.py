"""Memory-mapped `.npy` files, checked against the shape and type that the specification promises."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadgen.errors import BundleError


def open_array(path: Path, dtype: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Map `path` read-only; raises BundleError naming it when it is absent or not `dtype` [`shape`]."""
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BundleError(f"{path} cannot be read as an array: {error}") from error
    if array.dtype != np.dtype(dtype) or array.shape != shape:
        raise BundleError(
            f"{path} holds {array.dtype} {list(array.shape)}, not {np.dtype(dtype)} {list(shape)}; "
            "build the bundle again"
        )
    # np.memmap's indexing runs Python code on every access; the plain view does not.
    return array.view(np.ndarray)
