"""The image's recipe fits the repository, and bakes a checked bundle without its secret."""

import json
import os
import re
from pathlib import Path

import pytest
from leadgen.bundle import FileEntry, Manifest, sha256
from leadgen.errors import BundleError, ConfigurationError

from functions.api.verify_bundle import bake, main

ROOT = Path(__file__).resolve().parents[3]
DOCKERFILE = (ROOT / "functions/api/Dockerfile").read_text()
IGNORED = (ROOT / "functions/api/Dockerfile.dockerignore").read_text().splitlines()


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    folder = tmp_path / "artifacts/bundle"
    (folder / "customers").mkdir(parents=True)
    (folder / "customers/x.npy").write_bytes(b"content")
    (folder / "left over").write_bytes(b"")
    entry = FileEntry(size=7, sha256=sha256(folder / "customers/x.npy"))
    unnamed = Manifest(created_at="", leadgen_version="", files={"customers/x.npy": entry})
    named = unnamed.model_copy(update={"build_id": unnamed.content_id()})
    (folder / "manifest.json").write_text(named.model_dump_json())
    (tmp_path / "artifacts/CURRENT").write_text("bundle\n")
    (tmp_path / "artifacts/digest.key").write_text("a secret")
    return tmp_path / "artifacts"


def copied() -> list[str]:
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    return [source for line in lines for source in line.split()]


def test_every_source_that_is_copied_exists_and_is_sent_to_the_builder() -> None:
    allowed = [line[1:] for line in IGNORED if line.startswith("!")]
    for source in copied():
        if source == "${BUNDLE}":
            continue
        assert (ROOT / source).exists(), source
        assert any(source == place or source.startswith(f"{place}/") for place in allowed), source


def test_dependencies_are_the_locked_ones_by_hash() -> None:
    assert "--require-hashes --no-deps --only-binary=:all:" in DOCKERFILE
    requirements = (ROOT / "functions/api/requirements.txt").read_text()
    pinned = re.findall(r"^\S+==\S+", requirements, re.MULTILINE)
    assert {"fastapi", "mangum", "awslambdaric", "onnxruntime"} <= {pin.partition("==")[0] for pin in pinned}


def test_only_an_image_for_topics_depends_on_another_host() -> None:
    before, _, rest = DOCKERFILE.partition("FROM topics-false AS topics-true\n")
    stage, _, after = rest.partition("FROM topics-${TOPICS} AS unbaked\n")
    assert "ADD --chmod=644 https://" in stage
    assert "https://" not in before + after
    assert re.search(r"^ARG TOPICS=false$", before, re.MULTILINE)
    assert before.index("ARG TOPICS") < before.index("FROM "), "only then FROM may name it"
    spec = (ROOT / "build_artifacts/buildspec.yml").read_text()
    assert '--build-arg TOPICS="$LEADGEN_TOPICS"' in spec


def test_the_image_runs_without_root_and_without_the_secret() -> None:
    assert re.search(r"^USER (?!root|0)", DOCKERFILE, re.MULTILINE)
    assert "**/digest.key" in IGNORED
    assert not re.search(r"^(ARG|ENV).*DIGEST_KEY", DOCKERFILE, re.MULTILINE)


def test_the_entry_point_can_be_run_and_knows_both_homes() -> None:
    path = ROOT / "functions/api/entrypoint.sh"
    assert os.access(path, os.X_OK)
    assert f"/srv/{path.relative_to(ROOT)}" in json.loads(re.search(r"^ENTRYPOINT (.+)$", DOCKERFILE, re.MULTILINE)[1])
    text = path.read_text()
    assert "awslambdaric functions.api.lambda_handler.handler" in text
    assert "functions.api.server" in text


def test_only_the_bundle_in_service_is_baked(artifacts: Path, tmp_path: Path) -> None:
    target = tmp_path / "baked"
    assert main([str(artifacts), str(target)]) == 0
    found = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert found == {"manifest.json", "customers/x.npy"}


def test_an_altered_bundle_is_not_baked(artifacts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (artifacts / "bundle/customers/x.npy").write_bytes(b"CONTENT")
    with pytest.raises(BundleError, match="checksum"):
        bake(str(artifacts), tmp_path / "baked")
    assert main([str(artifacts), str(tmp_path / "again")]) == 2
    assert "x.npy" in capsys.readouterr().err


def test_nothing_is_overwritten(artifacts: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        bake(str(artifacts), tmp_path)
    assert main([]) == 2
