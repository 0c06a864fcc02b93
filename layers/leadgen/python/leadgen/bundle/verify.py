"""Check every file of a bundle against its manifest before anything of it is trusted."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from leadgen.errors import BundleError

from .manifest import FileEntry, Manifest


def verify(folder: Path, manifest: Manifest, *, checksums: bool = True) -> None:
    """Raises BundleError naming the first file that is absent, of another size, or of other content.

    Hashing leaves the interpreter lock, so threads read at the disk's speed. With `checksums` off only presence
    and sizes are checked: for images whose content a registry has verified already.
    """
    with ThreadPoolExecutor(4) as pool:
        problems = pool.map(
            lambda item: problem(folder / item[0], item[1], checksums=checksums), manifest.files.items()
        )
        for found in problems:
            if found:
                raise BundleError(f"{found} The bundle {manifest.build_id} is not as it was built: build it again.")


def problem(path: Path, entry: FileEntry, *, checksums: bool = True) -> str | None:
    """What is wrong with one file, in a sentence; None where it is as the manifest says."""
    if not path.is_file():
        return f"{path} is missing."
    try:
        size = path.stat().st_size
        if size != entry.size:
            return f"{path} has {size} bytes instead of {entry.size}."
        if checksums and sha256(path) != entry.sha256:
            return f"{path} does not have the checksum of its manifest."
    except OSError as error:
        return f"{path} cannot be read: {error}."
    return None


def sha256(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
