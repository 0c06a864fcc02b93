import json
import shutil
from pathlib import Path

import pytest
from leadgen.bundle import Manifest
from leadgen.errors import BundleError
from workplace import Workplace, damage_and_open


@pytest.fixture
def bundle(built, tmp_path):
    return Path(shutil.copytree(built.bundle, tmp_path / built.current))


def test_every_damage_to_every_file_is_refused_by_name(built, bundle):
    outcomes = damage_and_open(built, bundle, "full")
    assert {entry["file"] for entry in outcomes} == {*built.open().manifest.files, "manifest.json"}
    for entry in outcomes:
        assert entry["result"] == "BundleError", entry
        assert entry["file"] in entry["message"], entry


def test_without_checksums_absent_and_truncated_files_are_refused_by_name(built, bundle):
    for entry in damage_and_open(built, bundle, "sizes"):
        assert entry["result"] == "BundleError", entry
        assert entry["file"] in entry["message"], entry


def test_without_checksums_changed_headers_never_crash(built, bundle):
    outcomes = damage_and_open(built, bundle, "headers", flips=3)
    assert {entry["result"] for entry in outcomes} <= {"BundleError", "ConfigurationError", "opened"}
    assert any(entry["result"] == "BundleError" for entry in outcomes if entry["file"].endswith((".npy", ".faiss")))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "format 2, this version reads 1"),
        ({"format": 2, "new": True}, "format 2, this version reads 1"),
        ({"build_id": "0" * 16}, "altered"),
        ({"leadgen_version": "99"}, "altered"),
        ({"text_model": None}, "altered"),
        ({"files": {}}, "altered"),
        ({"unknown": 1}, "damaged"),
    ],
)
def test_an_edited_manifest_is_refused(built, bundle, change, message):
    path = bundle / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(BundleError, match=message) as refused:
        built.open(bundle, checksums=False)
    assert "manifest.json" in str(refused.value)


def test_a_manifest_that_names_files_outside_its_bundle_is_refused(bundle):
    manifest = Manifest.read(bundle)
    outside = manifest.model_copy(update={"files": {"../../stolen": next(iter(manifest.files.values()))}})
    outside = outside.model_copy(update={"build_id": outside.content_id()})
    (bundle / "manifest.json").write_text(outside.model_dump_json())
    with pytest.raises(BundleError, match="outside the bundle"):
        Manifest.read(bundle)


@pytest.mark.parametrize("content", [b"", b"\n", b"../elsewhere", b"\xff\xfe", b"."])
def test_a_damaged_current_is_refused(built, tmp_path, content):
    (tmp_path / "CURRENT").write_bytes(content)
    with pytest.raises(BundleError, match="CURRENT"):
        built.open(tmp_path)


@pytest.mark.parametrize("checksums", [True, False])
@pytest.mark.parametrize("other", ["another checkpoint", "hashing"])
def test_a_bundle_whose_model_was_swapped_is_refused(built, bundle, make_checkpoint, tmp_path, other, checksums):
    model = "hashing" if other == "hashing" else str(make_checkpoint(tmp_path / "tiny", change=0.5))
    sibling = Workplace(tmp_path, model)
    table = ["--companies-input-path", str(built.folder / "companies.parquet")]
    assert sibling.build(*table, tables=False) == 0
    shutil.rmtree(bundle / "model")
    shutil.copytree(sibling.bundle / "model", bundle / "model")
    with pytest.raises(BundleError, match="model"):
        built.open(bundle, checksums=checksums)


def test_a_damaged_bundle_is_replaced_by_building_the_same_again(workplace):
    assert workplace.build() == 0
    before, victim = workplace.current, workplace.bundle / "customers/rows/rows.json"
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(BundleError, match=r"rows\.json"):
        workplace.open()
    assert workplace.build() == 0
    assert workplace.current == before
    workplace.open()
