"""Embeddings and compiled text models, kept in the bucket between builds that each start on an empty disk."""

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from leadgen.errors import ConfigurationError, ModelError
from leadgen.text import load_text_model

from .deployment import CACHES
from .objects import Bucket

log = logging.getLogger(__name__)

EMBEDDINGS, MODELS = "embeddings", "models"
_DOWNLOADS = "checkpoints"


@contextmanager
def kept_caches(bucket: Bucket | None, folder: Path) -> Iterator[None]:
    """Restore what the bucket keeps into `folder`, and save what is new in it, however the build ends.

    Embeddings are paid for by the hour: a build that fails or is refused has paid as well.
    """
    if bucket is None:
        yield
        return
    restored = _restore(bucket, folder)
    try:
        yield
    finally:
        _save(bucket, folder, restored)


def _restore(bucket: Bucket, folder: Path) -> dict[Path, tuple[int, int]]:
    """Copy and check; what is damaged is left out and made anew."""
    found = [entry for name in (EMBEDDINGS, MODELS) for entry in bucket.latest(f"{CACHES}/{name}/")]
    bucket.copy(found, CACHES, folder, "restore caches")
    for path in sorted((folder / EMBEDDINGS).glob("*.sqlite")):
        if not _is_sound(path):
            log.warning("the cache of embeddings %s is damaged: all texts are embedded anew", path.name)
            path.unlink()
    for model in sorted((folder / MODELS).glob("*/spec.json")):
        try:
            load_text_model(model.parent, 1)
        except ModelError as error:
            log.warning("the compiled text model %s is damaged (%s): it is compiled anew", model.parent.name, error)
            shutil.rmtree(model.parent)
    return {path: _state(path) for path in _files(folder)}


def _save(bucket: Bucket, folder: Path, restored: dict[Path, tuple[int, int]]) -> None:
    for path in _files(folder):
        if restored.get(path) != _state(path):
            try:
                bucket.put(path, f"{CACHES}/{path.relative_to(folder).as_posix()}")
            except ConfigurationError as error:
                # The next build will be slower; this one is as good as ever.
                log.warning("the cache cannot be kept: %s", error)


def _files(folder: Path) -> list[Path]:
    """The files worth keeping; a downloaded checkpoint is not, once it is compiled."""
    embeddings = [path for path in (folder / EMBEDDINGS).glob("*.sqlite") if path.is_file()]
    models = [path for path in (folder / MODELS).rglob("*") if path.is_file()]
    return sorted(embeddings + [path for path in models if _DOWNLOADS not in path.relative_to(folder).parts])


def _state(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _is_sound(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path)) as connection:
            lengths = connection.execute("SELECT COUNT(DISTINCT length(vector)) FROM embedding").fetchone()[0]
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok" and lengths <= 1)
    except sqlite3.Error:
        return False
