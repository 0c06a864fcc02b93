"""A hub model as a local checkpoint, downloaded once per commit."""

import json
import logging
import tempfile
from pathlib import Path

from leadgen.errors import ModelError

from build_artifacts.models.checkpoint import CONFIG_FILE, Checkpoint, copy_checkpoint
from build_artifacts.models.compiler import publish, slug
from build_artifacts.models.hub import HubFiles, HubUnreachableError

_logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 2.0
"""Seconds the hub may take to answer the first request: without a hub a build must not wait for it."""

_ATTEMPTS = 3


def hub_checkpoint(name: str, downloads: Path) -> Checkpoint:
    """Download `owner/name` or `owner/name@revision`.

    Without a connection the commit that the revision last stood for is used, if it was downloaded before.

    Raises:
        HubUnreachableError: no connection, and nothing was downloaded before.
        ModelError: the hub has no such model, or it is no safetensors checkpoint.
    """
    model_id, _, revision = name.partition("@")
    revision = revision or "main"
    home = downloads / slug(model_id)
    try:
        commit = _download(HubFiles(model_id, revision), home)
        _remember(home, revision, commit)
    except HubUnreachableError as error:
        known = _remembered(home, revision)
        if known is None:
            raise
        _logger.warning("%s; using commit %s, downloaded before", error, known)
        commit = known
    return Checkpoint(id=model_id, folder=home / commit, source=f"hub {model_id}@{commit}")


def _download(files: HubFiles, home: Path) -> str:
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".downloading-", ignore_cleanup_errors=True) as work:
        probe = Path(work) / "probe"
        commit = files.download(CONFIG_FILE, probe, CONNECT_TIMEOUT)
        if commit is None:
            raise ModelError(f"{files.address(CONFIG_FILE)} does not exist: not a transformers model")
        if not (home / commit).is_dir():
            folder = Path(work) / commit
            folder.mkdir()
            pinned = HubFiles(files.model_id, commit)
            copy_checkpoint(lambda file, target: _persistently(pinned, file, target), folder, files.model_id)
            publish(folder, home / commit)
    return commit


def _persistently(files: HubFiles, file: str, target: Path) -> bool:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return files.download(file, target) is not None
        except HubUnreachableError as error:
            if attempt == _ATTEMPTS:
                raise
            _logger.warning("%s, trying again", error)
    raise AssertionError("unreachable")


def _remember(home: Path, revision: str, commit: str) -> None:
    path = home / "revisions.json"
    known = json.loads(path.read_text()) if path.is_file() else {}
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps({**known, revision: commit}))
    unfinished.replace(path)


def _remembered(home: Path, revision: str) -> str | None:
    path = home / "revisions.json"
    commit = json.loads(path.read_text()).get(revision) if path.is_file() else None
    return commit if commit and (home / commit).is_dir() else None
