"""The bundle in service: what a new one is compared with, and what is baked again when only code has changed."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadgen.bundle import CURRENT, MANIFEST, Manifest, locate
from leadgen.engine import Engine
from leadgen.errors import BundleError, ConfigurationError, ModelError

from .deployment import Deployment

log = logging.getLogger(__name__)

SAMPLE = "sample"
"""What the manifest calls the source of a table that no user gave."""


@dataclass(frozen=True)
class InService:
    """`engine` is None where this code cannot read the bundle."""

    engine: Engine | None
    is_sample: bool


def open_in_service(deployment: Deployment | None, artifacts: Path, key: str, threads: int) -> InService | None:
    """The deployment's bundle, or else the one that CURRENT in `artifacts` names; None before the first.

    Raises ConfigurationError where it cannot be fetched: a gate that has nothing to compare with, only because a
    network failed, would let anything pass.
    """
    found = _find(deployment, artifacts)
    if found is None:
        log.info("no bundle is in service yet")
        return None
    url, manifest = found
    sample = _is_sample(manifest)
    try:
        Manifest.parse(manifest, f"{url}/{MANIFEST}")
    except BundleError as error:
        return _unreadable(error, sample=sample)
    try:
        folder = locate(url)
    except BundleError as error:
        raise ConfigurationError(f"the bundle in service cannot be fetched: {error}") from error
    try:
        return InService(Engine.open(str(folder), digest_key=key, threads=threads), sample)
    except (BundleError, ModelError, ConfigurationError) as error:
        return _unreadable(error, sample=sample)


def _find(deployment: Deployment | None, artifacts: Path) -> tuple[str, bytes] | None:
    if deployment is not None:
        name = deployment.bundle_in_service()
        return None if name is None else (f"{deployment.artifacts}/{name}", deployment.manifest(name))
    if not (artifacts / CURRENT).exists():
        return None
    folder = locate(str(artifacts))
    return str(folder), (folder / MANIFEST).read_bytes()


def _unreadable(error: Exception, *, sample: bool) -> InService:
    log.warning("this code cannot read the bundle in service, so a new one is judged by itself: %s", error)
    return InService(None, sample)


def _is_sample(manifest: bytes) -> bool:
    """Read leniently: a bundle of another format is asked as well."""
    try:
        document: dict[str, Any] = json.loads(manifest)
        sources = [document[table]["source"] for table in ("customers", "companies") if document.get(table)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return bool(sources) and set(sources) == {SAMPLE}
