"""Find a compiled text model: its folder, or the same below s3://, which is copied to the temporary folder."""

import hashlib
import tempfile
from pathlib import Path

from leadgen.errors import ModelError
from leadgen.text.spec import GRAPH_FILE, SPEC_FILE, TOKENIZER_FILE, WEIGHTS_FILE, TextModelSpec

_NEURAL_FILES = (GRAPH_FILE, WEIGHTS_FILE, TOKENIZER_FILE)


def locate_text_model(path: str) -> Path:
    """The local folder of the text model at `path`. Raises ModelError where `s3://` cannot be read."""
    return _download(path.rstrip("/")) if path.startswith("s3://") else Path(path)


def _download(url: str) -> Path:
    """A copy that is complete or absent; one that was made before is taken if its specification is still the same."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    places = Path(tempfile.gettempdir()) / "leadgen" / "models"
    places.mkdir(parents=True, exist_ok=True)
    try:
        client = boto3.client("s3")
        with tempfile.TemporaryDirectory(dir=places, prefix=".downloading-") as work:
            folder = Path(work) / "model"
            folder.mkdir()
            client.download_file(bucket, f"{prefix}/{SPEC_FILE}", str(folder / SPEC_FILE))
            spec = TextModelSpec.read(folder)
            target = places / hashlib.sha256((folder / SPEC_FILE).read_bytes()).hexdigest()[:32]
            if not target.is_dir():
                for name in _NEURAL_FILES if spec.kind == "onnx" else ():
                    client.download_file(bucket, f"{prefix}/{name}", str(folder / name))
                _place(folder, target)
    except (BotoCoreError, ClientError) as error:
        raise ModelError(f"{url} cannot be read as a text model: {error}") from error
    return target


def _place(folder: Path, target: Path) -> None:
    try:
        folder.rename(target)
    except OSError:
        # Another process was quicker.
        if not target.is_dir():
            raise
