"""Which code made a run's results."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import leadgen

_DECIDING = (
    *("bertopic", "faiss-cpu", "hdbscan", "numpy", "onnxruntime", "onnxruntime-gpu", "py3langid"),
    *("scikit-learn", "scikit-network", "scipy", "tokenizers", "umap-learn"),
)
"""Libraries whose version may change topics."""
_BESIDE = ("export", "instance")
"""Packages beside the run itself, which decide on nothing."""


@cache
def code_version() -> str:
    """Release and a digest of the sources that decide on a result: `0.1.0+4f2a9c31`."""
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, Path(leadgen.__file__).parent / "text"):
        for path in sorted(folder.rglob("*.py")):
            name = path.relative_to(folder)
            if name.parts[0] not in _BESIDE:
                digest.update(name.as_posix().encode())
                digest.update(path.read_bytes())
    return f"{leadgen.__version__}+{digest.hexdigest()[:8]}"


def library_versions() -> dict[str, str]:
    """Versions of the libraries that topics depend on, of those that are installed."""
    return {name: found for name in _DECIDING if (found := _version(name))}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
