import json
import shutil
from typing import get_args

import faiss
import numpy as np
import pytest
from leadgen.errors import BundleError, InputError
from leadgen.index import Kind, VectorIndex

from build_artifacts.indices.vector_index import choose_kind, write_index

KINDS = get_args(Kind)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A high-value part and a rest, both with lists, so that every kind of file is there."""
    vectors = np.random.default_rng(0).standard_normal((1200, 40), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    folder = tmp_path_factory.mktemp("written")
    write_index(vectors, folder, np.arange(1200) % 3 == 0, "ivf-int8")
    return folder


@pytest.fixture
def folder(written, tmp_path):
    return shutil.copytree(written, tmp_path / "index")


FILES = [
    "index.json",
    "order.npy",
    "positions.npy",
    "high.faiss",
    "high.vectors.npy",
    "rest.faiss",
    "rest.vectors.npy",
]


def test_an_index_consists_of_exactly_these_files(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["absent", "empty", "truncated", "another's"])
def test_a_damaged_file_is_refused_by_name(folder, name, damage):
    path = folder / name
    content = path.read_bytes()
    path.unlink()
    if damage != "absent":
        other = b"\x93NUMPY not at all" if name.endswith("npy") else b"something else" * 99
        path.write_bytes({"empty": b"", "truncated": content[: len(content) // 2], "another's": other}[damage])
    with pytest.raises(BundleError, match=name):
        VectorIndex.open(folder)


@pytest.mark.parametrize("offset", range(0, 120, 4))
def test_a_changed_header_is_refused_or_harmless(folder, offset, clustered):
    """FAISS keeps sizes and types in the first bytes; searching by wrong ones would crash the process."""
    path = folder / "high.faiss"
    content = bytearray(path.read_bytes())
    content[offset] ^= 0x55
    path.write_bytes(content)
    refusal = ""
    try:
        VectorIndex.open(folder).search(clustered(1, 40, seed=2).astype(np.float32), 20)
    except BundleError as error:
        refusal = str(error)
    assert not refusal or "high.faiss" in refusal


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 1199},
        {"dimension": 41},
        {"dimension": "40"},
        {"dimension": 0},
        {"parts": []},
        {"format": 2},
        {"surprise": 1},
    ],
)
def test_a_description_that_does_not_fit_its_files_is_refused(folder, change):
    path = folder / "index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(BundleError, match=r"index\.json|high"):
        VectorIndex.open(folder)


@pytest.mark.parametrize(("key", "value"), [("probes", 0), ("probes", 10**6), ("kind", "flat-int8"), ("rows", -1)])
def test_a_part_that_contradicts_itself_is_refused(folder, key, value):
    path = folder / "index.json"
    document = json.loads(path.read_text())
    document["parts"][0][key] = value
    path.write_text(json.dumps(document))
    with pytest.raises(BundleError):
        VectorIndex.open(folder)


def test_a_faiss_index_of_another_quantizer_is_refused(folder):
    rows = json.loads((folder / "index.json").read_text())["parts"][0]["rows"]
    other = faiss.IndexScalarQuantizer(64, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    other.add(np.zeros((rows, 64), dtype=np.float32))
    faiss.write_index(other, str(folder / "high.faiss"))
    document = json.loads((folder / "index.json").read_text())
    document["parts"][0] |= {
        "bytes": (folder / "high.faiss").stat().st_size,
        "kind": "flat-int8",
        "lists": 0,
        "probes": 0,
    }
    (folder / "index.json").write_text(json.dumps(document))
    with pytest.raises(BundleError, match=r"high\.faiss is not the flat-int8 index"):
        VectorIndex.open(folder)


def test_the_files_stay_mapped_while_the_index_lives(folder, clustered):
    index = VectorIndex.open(folder)
    asked = clustered(1, 40, seed=2).astype(np.float32)
    before = index.search(asked, 20).rows
    shutil.rmtree(folder)
    np.testing.assert_array_equal(index.search(asked, 20).rows, before)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_vectors_give_the_same_files(kind, tmp_path, clustered):
    vectors, labels = clustered(3000, 24), np.arange(3000) % 4 == 0
    for name in ("first", "second"):
        write_index(vectors, tmp_path / name, labels, kind)
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes(), path.name


def test_vectors_are_read_from_disk_as_float16_or_float32(tmp_path, clustered):
    vectors = clustered(100, 16)
    for dtype in (np.float16, np.float32):
        np.save(tmp_path / "vectors.npy", vectors.astype(dtype))
        mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
        write_index(mapped, tmp_path / "index")
        found = VectorIndex.open(tmp_path / "index").search(vectors[5:6].astype(np.float32), 1)
        assert found.rows.tolist() == [[5]]


def test_no_rows_and_unusable_numbers_are_input_errors(tmp_path, clustered):
    with pytest.raises(InputError, match="no vectors"):
        write_index(np.empty((0, 8), dtype=np.float16), tmp_path)
    vectors = clustered(50, 8)
    vectors[41, 3] = np.nan
    with pytest.raises(InputError, match="row 41"):
        write_index(vectors, tmp_path, np.arange(50) % 2 == 0)
    with pytest.raises(ValueError, match="labels"):
        write_index(clustered(5, 8), tmp_path, np.ones(4, dtype=bool))


def test_vectors_of_zeros_can_be_indexed(tmp_path):
    for kind in KINDS:
        write_index(np.zeros((100, 8), dtype=np.float32), tmp_path / kind, kind=kind)
        found = VectorIndex.open(tmp_path / kind).search(np.zeros((1, 8), dtype=np.float32), 5)
        assert found.similarities.tolist() == [[0.0] * 5]


def test_the_kind_follows_the_size():
    assert choose_kind(10_000, 384) == "flat-fp16"
    assert choose_kind(30_000, 384) == "flat-int8"
    assert choose_kind(60_000, 384) == "ivf-int8"


def test_a_kind_that_misses_its_recall_is_replaced_by_exact_codes(tmp_path, monkeypatch):
    """One huge component rounds the byte codes of all the others to zero."""
    monkeypatch.setattr("build_artifacts.indices.vector_index.FLAT_FP16_COMPONENTS", 0)
    vectors = np.random.default_rng(0).standard_normal((2000, 16)).astype(np.float32) * 1e-3
    vectors[:, 0] = 1
    spec = write_index(vectors, tmp_path)
    assert (spec.kind, spec.parts[0].recall) == ("flat-fp16", 1.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.json", "rest.faiss"]
    assert write_index(vectors, tmp_path, kind="flat-int8").parts[0].recall < 0.9
