"""The artifact bundle on disk: one folder named by its content, described and checksummed by its manifest."""

from .location import CURRENT, locate
from .manifest import FORMAT, MANIFEST, FileEntry, Manifest, ModelEntry, TableManifest
from .verify import sha256, verify

__all__ = [
    "CURRENT",
    "FORMAT",
    "MANIFEST",
    "FileEntry",
    "Manifest",
    "ModelEntry",
    "TableManifest",
    "locate",
    "sha256",
    "verify",
]
