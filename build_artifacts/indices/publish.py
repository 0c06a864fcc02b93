"""Turn a finished folder into a bundle: checksums, manifest, a name made of its content, then one rename."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from leadgen import __version__
from leadgen.bundle import CURRENT, MANIFEST, FileEntry, Manifest, ModelEntry, TableManifest, sha256, verify
from leadgen.errors import LeadgenError
from leadgen.text import TextModelSpec

PARTIAL = ".building"


def publish(
    folder: Path, artifacts: Path, spec: TextModelSpec | None, customers: TableManifest | None,
    companies: TableManifest | None,
) -> Path:  # fmt: skip
    """Move `folder` into `artifacts` as a bundle and point CURRENT at it; the bundle in service stays until then."""
    files = {
        path.relative_to(folder).as_posix(): FileEntry(size=path.stat().st_size, sha256=sha256(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    model = None if spec is None else _model_entry(spec)
    manifest = Manifest(
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        leadgen_version=__version__,
        text_model=model,
        customers=customers,
        companies=companies,
        files=files,
    )
    manifest = manifest.model_copy(update={"build_id": manifest.content_id()})
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), "utf-8")
    _sync(*folder.rglob("*"), folder)
    target = artifacts / manifest.build_id
    if target.exists():
        _replace_damaged(folder, target, manifest)
    else:
        folder.rename(target)
    point(artifacts, manifest.build_id)
    return target


def _replace_damaged(folder: Path, target: Path, manifest: Manifest) -> None:
    """The same content was built before: keep it, unless somebody has damaged it since."""
    try:
        Manifest.read(target)
        verify(target, manifest)
        shutil.rmtree(folder)
    except (LeadgenError, OSError):
        target.rename(folder.with_name("damaged"))
        folder.rename(target)


def _model_entry(spec: TextModelSpec) -> ModelEntry:
    return ModelEntry(
        id=spec.id,
        kind=spec.kind,
        dimension=spec.dimension,
        precision=spec.precision,
        max_tokens=spec.max_tokens,
        sha256=spec.sha256,
    )


def point(artifacts: Path, name: str) -> None:
    """Let CURRENT name a bundle, at once or not at all."""
    partial = artifacts / f"{CURRENT}{PARTIAL}"
    partial.write_text(name + "\n", "utf-8")
    _sync(partial, artifacts)
    partial.replace(artifacts / CURRENT)


def _sync(*paths: Path) -> None:
    """Reach the disk before a rename does: after a power cut the name must not stand for half a bundle."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
