"""The context's files: the same bytes and times each time, only what the manifest names, nothing that is missing."""

import shutil
from pathlib import Path

import pytest
from leadgen.errors import ConfigurationError

from build_artifacts.rebuild.image_context import ROOT, copied_sources, write_context


def facts(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_same_code_and_bundle_are_the_same_context(small_bundle, tmp_path) -> None:
    bundle = small_bundle.engine.folder
    copied = Path(shutil.copytree(bundle, tmp_path / "elsewhere"))
    for path in copied.rglob("*"):
        path.chmod(0o700)
    one, other = tmp_path / "one", tmp_path / "other"
    assert write_context(one, bundle) == write_context(other, copied)
    assert facts(one) == facts(other)


def test_the_code_decides_its_hash_and_the_bundle_does_not(small_bundle, tmp_path) -> None:
    root = tmp_path / "repository"
    for name in ("functions", "layers"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = write_context(tmp_path / "one", None, root)
    assert write_context(tmp_path / "two", small_bundle.engine.folder, root) == before
    (root / "functions/api/app.py").write_text("changed")
    assert write_context(tmp_path / "three", None, root) != before


def test_only_files_of_the_manifest_come_along(small_bundle, tmp_path) -> None:
    bundle = Path(shutil.copytree(small_bundle.engine.folder, tmp_path / "bundle"))
    (bundle / "digest.key").write_text("secret")
    write_context(tmp_path / "context", bundle)
    found = {
        p.relative_to(tmp_path / "context/artifacts").as_posix()
        for p in (tmp_path / "context/artifacts").rglob("*")
        if p.is_file()
    }
    assert found == {"manifest.json", *small_bundle.engine.manifest.files}


def test_an_old_context_leaves_nothing_behind(tmp_path) -> None:
    (tmp_path / "context/old").mkdir(parents=True)
    write_context(tmp_path / "context", None)
    assert not (tmp_path / "context/old").exists()


def test_what_the_image_needs_and_lacks_is_named(tmp_path) -> None:
    root = tmp_path / "repository"
    shutil.copytree(ROOT / "functions", root / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    with pytest.raises(ConfigurationError, match="layers/leadgen/python/leadgen"):
        write_context(tmp_path / "context", None, root)


def test_copies_between_stages_are_no_sources() -> None:
    assert copied_sources("COPY a b /c\nCOPY --from=build /x /y\n# COPY no no\nRUN COPY\n") == ["a", "b"]
