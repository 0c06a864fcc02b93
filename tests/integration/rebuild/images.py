"""A build context as a rebuild leaves it, and the image's files as its Dockerfile makes them, both without Docker."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from account import SECRET
from dockerfile import Image, build

ROOT = Path(__file__).resolve().parents[3]


def build_image_context(
    folder: Path, *, customers: int = 200, companies: int = 80, model: str = "hashing", bundle_source: str = "baked"
) -> Path:
    """Rebuild from a sample of this size, without AWS; returns the context. The digest key is `account.SECRET`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADGEN_", "AWS_"))}
    environment = kept | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/leadgen/python")]),
        "LEADGEN_DIGEST_KEY": SECRET,
        "LEADGEN_BUNDLE_SOURCE": bundle_source,
        "LEADGEN_SAMPLE_CUSTOMERS": str(customers),
        "LEADGEN_SAMPLE_COMPANIES": str(companies),
    }
    places = ["--folder", "build", "--artifacts", "artifacts", "--cache", "cache"]
    command = [sys.executable, "-m", "build_artifacts", "rebuild", *places, "--text-model", model, "--threads", "1"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder / "build/image"


def install_image(context: Path, target: str, root: Path) -> Image:
    """Carry out the Dockerfile's Python steps below `root`; skips where no package index can be reached."""
    index = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps", "idna"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    if index.returncode:
        pytest.skip(f"no package index can be reached: {index.stderr.strip()[-200:]}")
    return build(context, target, root)
