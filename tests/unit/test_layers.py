"""One direction only: leadgen knows neither those that build nor those that serve, and serving stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEADGEN = ROOT / "layers/leadgen/python/leadgen"
BUILD_ONLY = (
    "pandas",
    "pyarrow",
    "sklearn",
    "scipy",
    "torch",
    "onnx",
    "safetensors",
    "s3fs",
    "boto3",
    "tqdm",
    "build_artifacts",
)


def imported(path):
    """Top-level packages that a file imports anywhere, relative imports left out."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        (LEADGEN, {"build_artifacts", "functions", "cdk", "tests", "benchmarks", *BUILD_ONLY[:-1]} - {"boto3"}),
        (ROOT / "functions", {"build_artifacts", "cdk", "tests", "benchmarks", *BUILD_ONLY[:-1]} - {"boto3"}),
        (ROOT / "build_artifacts", {"functions", "cdk", "tests", "benchmarks", "torch"}),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_nothing_imports_against_the_direction(folder, forbidden):
    files = list(folder.rglob("*.py"))
    assert files
    found = {str(path.relative_to(ROOT)): wrong for path in files if (wrong := forbidden & set(imported(path)))}
    assert found == {}


def loaded_by(statement):
    """Top-level modules that a fresh interpreter holds after a statement."""
    places = [str(ROOT), str(LEADGEN.parent)]
    code = f"import sys; sys.path[:0] = {places}\n{statement}\nprint(*{{m.split('.')[0] for m in sys.modules}})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


@pytest.mark.parametrize("module", ["leadgen.engine", "functions.api.app", "functions.api.lambda_handler"])
def test_serving_imports_nothing_that_only_building_needs(module):
    # The Lambda handler opens its bundle when it is imported; the application it serves is imported without.
    handler = module == "functions.api.lambda_handler"
    statement = "import functions.api.app, mangum" if handler else f"import {module}"
    loaded = loaded_by(statement)
    assert "leadgen" in loaded
    assert not loaded & set(BUILD_ONLY)


def test_scoring_a_lead_imports_nothing_that_only_building_needs(small_bundle):
    statement = (
        "from leadgen.engine import Engine\n"
        f"engine = Engine.open({str(small_bundle.artifacts)!r}, digest_key='a secret of sufficient length')\n"
        "assert engine.scorer.score([{'bio': 'wind', 'industry': 'energy', 'email': 'a@b.co'}])[0].scores"
    )
    assert not loaded_by(statement) & set(BUILD_ONLY)
