"""What a bundle says of itself."""

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from leadgen.errors import BundleError
from leadgen.features.columns import ColumnPlan
from leadgen.scoring import Neighborhood

FORMAT = 1
MANIFEST = "manifest.json"


class FileEntry(BaseModel):
    """Size in bytes and SHA-256 (hex) of one file of the bundle."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int
    sha256: str


class ModelEntry(BaseModel):
    """The text model inside the bundle; `sha256` is that of its specification, weights and tokenizer together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: str
    dimension: int
    precision: str
    max_tokens: int
    sha256: str


class TableManifest(BaseModel):
    """One table in the bundle: where it came from, what its columns do, what was chosen and how good it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    snapshot: str
    """SHA-256 over the accepted rows: the same data has the same snapshot."""
    rows: int
    rejected: dict[str, int]
    """Rejected rows by reason."""
    id_column: str
    email_column: str | None = None
    duplicate_columns: dict[str, str] = {}
    """Which column plays `name`, `company`, `country`, `city`, `website` when duplicates are looked for."""
    high_value: str | None = None
    plan: ColumnPlan
    filters: dict[str, Literal["category", "number"]] = {}
    """Columns that can be filtered, by kind."""
    shown: tuple[str, ...] = ()
    example: dict[str, Any] = {}
    """A made-up request: frequent categories and middling numbers, no customer's row."""
    neighborhood: Neighborhood | None = None
    spaces: dict[str, dict[str, Any]] = {}
    """By name: block weights, dimension, what it was learned from, index kind."""
    default_space: str
    truncated_texts: int = 0
    quality: dict[str, Any] = {}
    warnings: tuple[str, ...] = ()


class Manifest(BaseModel):
    """`manifest.json`. `build_id` names the folder: a hash over everything else but `created_at`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    build_id: str = ""
    created_at: str
    leadgen_version: str
    text_model: ModelEntry | None = None
    customers: TableManifest | None = None
    companies: TableManifest | None = None
    files: dict[str, FileEntry]

    def content_id(self) -> str:
        """First 16 hex digits of the SHA-256 over the manifest without `build_id` and `created_at`."""
        return _content_id(json.loads(self.model_dump_json()))

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Raises BundleError where it is absent, damaged, or of another format."""
        path = folder / MANIFEST
        try:
            return cls.parse(path.read_bytes(), str(path))
        except FileNotFoundError as error:
            raise BundleError(
                f"{folder} holds no {MANIFEST}: it is no bundle. Build one with `leadgen indices`."
            ) from error
        except OSError as error:
            raise BundleError(f"{path} cannot be read: {error}") from error

    @classmethod
    def parse(cls, content: bytes, source: str) -> "Manifest":
        """The same from its bytes; `source` is what errors call it."""
        try:
            written = json.loads(content)
            found = written.get("format")
            if found != FORMAT:
                raise BundleError(f"{source} has format {found}, this version reads {FORMAT}. Build the bundle again.")
            manifest = cls.model_validate_json(content)
        except (AttributeError, ValueError) as error:
            raise BundleError(f"{source} is damaged: {_first_line(error)}. Build the bundle again.") from error
        # What was written counts: a field that a later version added, with its default, is no alteration.
        if _content_id(written) != manifest.build_id:
            raise BundleError(f"{source} was altered: its content is not that of build {manifest.build_id}.")
        outside = [name for name in manifest.files if name.startswith("/") or ".." in name.split("/")]
        if outside:
            raise BundleError(f"{source} names {outside[0]!r}, a file outside the bundle. Build the bundle again.")
        return manifest


def _content_id(written: dict[str, Any]) -> str:
    body = {key: value for key, value in written.items() if key not in ("build_id", "created_at")}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
