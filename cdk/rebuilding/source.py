"""What rebuilds and the quarterly run work with: the repository's building and serving code, and nothing else of it."""

import shutil
import tempfile
from pathlib import Path

from aws_cdk import aws_s3_assets as assets
from constructs import Construct

ROOT = Path(__file__).resolve().parents[2]
STAGED = (
    "build_artifacts",
    "functions/__init__.py",
    "functions/api",
    "layers",
    "pyproject.toml",
    "requirements.txt",
)
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info", ".*")


def source_asset(scope: Construct, name: str) -> assets.Asset:
    """An asset of the `STAGED` files, copied to a clean folder first: the library would walk every excluded one."""
    with tempfile.TemporaryDirectory() as folder:
        stage(Path(folder))
        return assets.Asset(scope, name, path=folder)


def stage(folder: Path) -> None:
    """Copy what is staged below `folder`, without caches."""
    for name in STAGED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=_LEFT_OUT)
        else:
            shutil.copyfile(source, target)
