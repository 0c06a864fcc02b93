"""The files that make a checkpoint, and their joint identity."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from leadgen.errors import ModelError

CONFIG_FILE = "config.json"
TENSORS_FILE = "model.safetensors"
TORCH_FILE = "pytorch_model.bin"
TOKENIZER_FILE = "tokenizer.json"
MODULES_FILE = "modules.json"
REQUIRED_FILES = (CONFIG_FILE, TOKENIZER_FILE)
WEIGHTS_FILES = (TENSORS_FILE, TORCH_FILE)
"""One of these holds the tensors; the first is taken where there are both."""
OPTIONAL_FILES = (
    MODULES_FILE,
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "tokenizer_config.json",
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint on this machine: what it is called, its folder, and where it came from."""

    id: str
    folder: Path
    source: str

    @property
    def weights(self) -> Path:
        """The file with the tensors.

        Raises:
            ModelError: there is none.
        """
        for name in WEIGHTS_FILES:
            if (self.folder / name).is_file():
                return self.folder / name
        raise ModelError(f"{self.folder} has no {' or '.join(WEIGHTS_FILES)}: the checkpoint is incomplete")

    def digest(self) -> str:
        """SHA-256 over the names and contents of all files that compilation reads.

        Raises:
            ModelError: a required file is missing.
        """
        total = hashlib.sha256()
        for name in (*REQUIRED_FILES, self.weights.name, *OPTIONAL_FILES, *pooling_files(self.folder)):
            path = self.folder / name
            if path.is_file():
                with path.open("rb") as file:
                    total.update(f"{name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
            elif name in REQUIRED_FILES:
                raise ModelError(f"{path} is missing: a checkpoint consists of {', '.join(REQUIRED_FILES)}")
        return total.hexdigest()


def copy_checkpoint(fetch: Callable[[str, Path], bool], folder: Path, origin: str) -> None:
    """Copy a checkpoint's files into `folder`.

    Args:
        fetch: copies the named file to a path; False when there is no such file.
        folder: an existing folder.
        origin: names the place in errors.

    Raises:
        ModelError: a required file is not there.
    """
    for name in (*REQUIRED_FILES, *OPTIONAL_FILES):
        if not fetch(name, folder / name) and name in REQUIRED_FILES:
            raise ModelError(f"{origin} has no {name}: only checkpoints with a fast tokenizer compile")
    if not any(fetch(name, folder / name) for name in WEIGHTS_FILES):
        raise ModelError(f"{origin} has no {' or '.join(WEIGHTS_FILES)}: it is no checkpoint that compiles")
    for name in pooling_files(folder):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        fetch(name, folder / name)


def pooling_files(folder: Path) -> list[str]:
    """Paths, relative to the folder, of the configurations that `modules.json` points to."""
    paths = [str(module.get("path", "")) for module in read_modules(folder)]
    for path in paths:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ModelError(f"{folder / MODULES_FILE}: the module path {path!r} leaves the checkpoint")
    return [f"{path}/{CONFIG_FILE}" for path in paths if path]


def read_modules(folder: Path) -> list[dict[str, Any]]:
    """The sentence-transformers modules in order; an empty list for a plain transformers checkpoint."""
    path = folder / MODULES_FILE
    if not path.is_file():
        return []
    modules = read_json(path)
    if not isinstance(modules, list) or not all(isinstance(module, dict) for module in modules):
        raise ModelError(f"{path} is not a list of modules")
    return modules


def read_json(path: Path) -> Any:
    """Parse a JSON file of the checkpoint.

    Raises:
        ModelError: the file is absent or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ModelError(f"{path} is not valid JSON: {error}") from error


def read_object(path: Path) -> dict[str, Any]:
    """Parse a JSON file whose top level is an object; an empty one when the file is absent."""
    if not path.is_file():
        return {}
    content = read_json(path)
    if not isinstance(content, dict):
        raise ModelError(f"{path} is not a JSON object")
    return content
