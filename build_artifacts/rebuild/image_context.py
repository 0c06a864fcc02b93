"""The folder that `docker build` is given: what the Dockerfile copies and nothing else, the same bytes each time."""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from leadgen.bundle import MANIFEST, Manifest
from leadgen.errors import ConfigurationError

from .settings import BundleSource

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = Path("functions/api/Dockerfile")
BUNDLE = "artifacts"
"""Where the Dockerfile looks for the bundle, unless it is told otherwise."""

_COPY = re.compile(r"^COPY (?!--from)(.+) \S+$", re.MULTILINE)
# A layer's digest covers times: files that are alike must look alike. ZIP knows nothing before 1980.
_TIME = 315_532_800


def write_context(folder: Path, bundle: Path | None, root: Path = ROOT) -> str:
    """Write the context; returns a hash of the code in it, 64 hex digits. Raises ConfigurationError naming what lacks.

    `bundle` is None where the image gets its bundle elsewhere.
    """
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for source in copied_sources((root / DOCKERFILE).read_text("utf-8")):
        if source != "${BUNDLE}":
            _copy(root, source, folder)
    for name in (DOCKERFILE, DOCKERFILE.with_name("Dockerfile.dockerignore")):
        shutil.copyfile(root / name, folder / name.name)
    code = _hash(folder)
    if bundle is not None:
        _copy_bundle(bundle, folder / BUNDLE)
    _make_alike(folder)
    return code


def baked_bundle(source: BundleSource, bundle: Path) -> Path | None:
    """The bundle where it belongs into the image."""
    return bundle if source == "baked" else None


def copied_sources(dockerfile: str) -> list[str]:
    """What a Dockerfile copies out of its context."""
    return [source for line in _COPY.findall(dockerfile) for source in line.split()]


def _copy(root: Path, source: str, folder: Path) -> None:
    origin, target = root / source, folder / source
    target.parent.mkdir(parents=True, exist_ok=True)
    if origin.is_dir():
        shutil.copytree(origin, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    elif origin.is_file():
        shutil.copyfile(origin, target)
        shutil.copymode(origin, target)
    else:
        raise ConfigurationError(f"{origin} does not exist, and the image needs it: run from a copy of the repository")


def _copy_bundle(bundle: Path, target: Path) -> None:
    """Only what the manifest names: neither the secret of the digests nor the rejected rows can come along."""
    for name in (MANIFEST, *Manifest.read(bundle).files):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bundle / name, target / name)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _hash(folder: Path) -> str:
    total = hashlib.sha256()
    for path in _files(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return total.hexdigest()


def _make_alike(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o111 else 0o644)
        os.utime(path, (_TIME, _TIME))
