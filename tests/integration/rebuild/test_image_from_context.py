"""The image's context: complete, without a secret, and good for what the Dockerfile does with it."""

import json
import subprocess
from pathlib import Path

import pytest
from account import SECRET
from dockerfile import Image, read_stages
from images import build_image_context, install_image

SCORE = """
import json, os
import functions.api.server
from leadgen.engine import Engine
engine = Engine.open(os.environ["LEADGEN_BUNDLE_PATH"], digest_key=os.environ["LEADGEN_DIGEST_KEY"])
(result,) = engine.scorer.score([{"job_title": "CTO", "bio": "runs a bakery", "industry": "Energy"}])
print(json.dumps({"bundle": engine.manifest.build_id, "probability": result.scores.probability}))
"""


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_image_context(tmp_path_factory.mktemp("baked"))


@pytest.fixture(scope="module")
def image(context: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    return install_image(context, "baked", tmp_path_factory.mktemp("image"))


def sources(context: Path) -> list[str]:
    steps = [step for stage in read_stages((context / "Dockerfile").read_text()).values() for step in stage.steps]
    copied = [rest.split()[:-1] for kind, rest in steps if kind == "COPY" and not rest.startswith("--from")]
    return [source.replace("${BUNDLE}", "artifacts") for words in copied for source in words]


def test_everything_that_is_copied_is_in_the_context_and_little_else(context: Path) -> None:
    copied = sources(context)
    assert "functions/api" in copied
    assert [source for source in copied if not (context / source).exists()] == []
    files = {path.relative_to(context).as_posix() for path in context.rglob("*") if path.is_file()}
    needless = {name for name in files if not any(name == s or name.startswith(f"{s}/") for s in copied)}
    assert needless == {"Dockerfile", "Dockerfile.dockerignore"}
    assert not [name for name in files if "__pycache__" in name or name.endswith((".key", ".csv"))]


def test_no_secret_is_in_the_context(context: Path) -> None:
    assert not [p for p in context.rglob("*") if p.is_file() and SECRET.encode() in p.read_bytes()]


def test_an_image_without_its_bundle_has_a_context_without_it(tmp_path: Path) -> None:
    context = build_image_context(tmp_path, customers=60, companies=20, bundle_source="s3")
    assert not (context / "artifacts").exists()
    assert (context / "functions/api/entrypoint.sh").stat().st_mode & 0o111


@pytest.mark.soak
def test_the_python_steps_run_in_a_clean_environment_and_the_result_scores(image: Image, context: Path) -> None:
    assert list((image.root / "srv/functions").rglob("*.pyc"))
    assert {path.name for path in (image.root / "srv").iterdir()} == {"functions", "leadgen", "bundle"}
    environment = image.process_environment() | {"LEADGEN_DIGEST_KEY": SECRET}
    done = subprocess.run(
        [str(image.python), "-c", SCORE], env=environment, cwd=image.root / "srv", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["bundle"] == json.loads((context / "artifacts/manifest.json").read_text())["build_id"]
    assert 0 < answer["probability"] < 1


def test_the_image_holds_nothing_that_only_building_needs(image: Image) -> None:
    listed = subprocess.run([str(image.python), "-m", "pip", "list", "--format=json"], capture_output=True, text=True)
    names = {entry["name"] for entry in json.loads(listed.stdout)}
    assert {"fastapi", "awslambdaric", "onnxruntime"} <= names
    assert not names & {"pandas", "pyarrow", "scikit-learn", "onnx", "moto"}
