import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from leadgen.errors import BundleError, InputError
from leadgen.rows import RowStore
from leadgen.rows import layout as layout_module

from build_artifacts.indices.row_writer import RowWriter, json_safe

COMPANIES = [
    {"id": "C-1", "name": "Ünïcode \U0001f980 GmbH\n", "country": "DE", "employees": 12},
    {"id": "شركة", "name": None, "country": None, "employees": None},
    {"id": "\ud800 half", "name": 'quote " and \\', "country": "FR", "employees": 3.5},
    {"id": "C-1 ", "name": "", "country": "de", "employees": 7},
]
COLUMNS = {"country": "category", "employees": "number"}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    with RowWriter(folder, "id", COLUMNS) as writer:
        writer.append(COMPANIES[:3], labels=[True, False, True])
        writer.append(COMPANIES[3:], labels=np.array([False]))
    return folder


def test_records_come_back_as_they_were_written(written):
    store = RowStore.open(written)
    assert len(store) == 4
    assert store.records([3, 0, 1, 2]) == [COMPANIES[at] for at in (3, 0, 1, 2)]
    assert store.filter_columns == COLUMNS
    with pytest.raises(IndexError, match=r"4 is outside 0\.\.3"):
        store.record(4)
    with pytest.raises(IndexError):
        store.record(-1)


def test_every_id_leads_to_its_row_and_no_other_does(written):
    store = RowStore.open(written)
    assert [store.find(company["id"]) for company in COMPANIES] == [0, 1, 2, 3]
    assert [store.find(unknown) for unknown in ("c-1", "C-2", "", "\udfff")] == [None] * 4


@given(ids=st.lists(st.text(st.characters(), min_size=1), min_size=1, max_size=30, unique=True))
def test_any_unicode_id_is_found(ids, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ids")
    with RowWriter(folder, "key", {}) as writer:
        writer.append([{"key": identifier} for identifier in ids])
    store = RowStore.open(folder)
    assert [store.find(identifier) for identifier in ids] == list(range(len(ids)))
    assert store.labels is None


def test_ids_whose_hashes_collide_are_told_apart(tmp_path, monkeypatch):
    for module in ("build_artifacts.indices.row_writer", "leadgen.rows.store"):
        monkeypatch.setattr(f"{module}.id_hash", lambda identifier: len(identifier))
    with RowWriter(tmp_path, "id", {}) as writer:
        writer.append([{"id": "aa"}, {"id": "b"}, {"id": "cc"}, {"id": "dd"}])
    store = RowStore.open(tmp_path)
    assert [store.find(identifier) for identifier in ("aa", "b", "cc", "dd", "ee", "f")] == [
        0,
        1,
        2,
        3,
        None,
        None,
    ]


def test_the_id_hash_is_the_first_half_of_a_fixed_digest():
    """A changed hash would make every stored bundle's ids unfindable."""
    assert layout_module.id_hash("C-1") == int.from_bytes(bytes.fromhex("5a13dcf2c5eb274d"), "little")


def test_ids_that_are_numbers_are_found_by_their_text(tmp_path):
    with RowWriter(tmp_path, "id", {}) as writer:
        writer.append([{"id": 17}, {"id": np.int64(18)}])
    assert RowStore.open(tmp_path).find("18") == 1


def test_labels_are_stored_beside_the_rows(written):
    assert RowStore.open(written).labels.tolist() == [True, False, True, False]


def test_values_are_made_safe_for_json():
    value = {
        "nan": float("nan"),
        "infinite": np.float32("inf"),
        "whole": np.int64(3),
        "flag": np.True_,
        "day": date(2024, 2, 29),
        "time": datetime(2024, 2, 29, 1, tzinfo=UTC),
        "no time": pd.NaT,
        "price": Decimal("1.5"),
        "list": np.array([1.0, np.nan]),
        7: {"deep": (1, None)},
    }
    safe = json_safe(value)
    assert json.loads(json.dumps(safe, allow_nan=False)) == {
        "nan": None,
        "infinite": None,
        "whole": 3,
        "flag": True,
        "day": "2024-02-29",
        "time": "2024-02-29T01:00:00+00:00",
        "no time": None,
        "price": 1.5,
        "list": [1.0, None],
        "7": {"deep": [1, None]},
    }


@pytest.mark.parametrize("record", [{"name": "no id"}, {"id": None}, {"id": ""}, {"id": float("nan")}])
def test_a_row_without_id_is_refused(tmp_path, record):
    with (
        pytest.raises(InputError, match="row 1 has no id in column 'id'"),
        RowWriter(tmp_path, "id", {}) as writer,
    ):
        writer.append([{"id": "a"}, record])


def test_an_id_that_comes_twice_is_refused_with_both_rows(tmp_path):
    with (
        pytest.raises(InputError, match="rows 1 and 3 have the same id 'b'"),
        RowWriter(tmp_path, "id", {}) as writer,
    ):
        writer.append([{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "b"}])


def test_no_rows_are_refused(tmp_path):
    with pytest.raises(InputError, match="no rows"), RowWriter(tmp_path, "id", {}):
        pass


def write_batches(folder, failure=None):
    with RowWriter(folder, "id", {}) as writer:
        writer.append([{"id": "a"}], labels=[True])
        writer.append([{"id": "b"}])
        if failure is not None:
            raise failure


def test_labels_for_some_batches_only_are_refused(tmp_path):
    with pytest.raises(InputError, match="1 labels were given for 2 rows"):
        write_batches(tmp_path)


def test_an_interrupted_writer_leaves_nothing_that_opens(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        write_batches(tmp_path, KeyboardInterrupt())
    with pytest.raises(BundleError, match=r"rows\.spec\.json"):
        RowStore.open(tmp_path)


def test_many_threads_read_at_once(written):
    store = RowStore.open(written)
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(store.record, [0, 1, 2, 3] * 200))
    assert read == COMPANIES * 200


FILES = [
    "rows.json",
    "rows.offsets.npy",
    "rows.spec.json",
    "ids.hash.npy",
    "ids.row.npy",
    "labels.npy",
    "filter.0.codes.npy",
    "filter.0.values.txt",
    "filter.0.offsets.npy",
    "filter.1.numbers.npy",
]


def test_a_store_consists_of_exactly_these_files(written):
    assert sorted(path.name for path in written.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["absent", "empty", "truncated", "longer array"])
def test_a_damaged_file_is_refused_by_name(written, tmp_path, name, damage):
    folder = shutil.copytree(written, tmp_path / "copy")
    path = folder / name
    content = path.read_bytes()
    path.unlink()
    if damage == "longer array":
        path.write_bytes(content + b"x" if not name.endswith("npy") else b"")
        if name.endswith("npy"):
            np.save(path, np.zeros(17), allow_pickle=False)
    elif damage != "absent":
        path.write_bytes(b"" if damage == "empty" else content[: len(content) // 2])
    with pytest.raises(BundleError, match=name.replace(".", r"\.")):
        RowStore.open(folder)


def test_damaged_offsets_and_records_are_bundle_errors(written, tmp_path):
    folder = shutil.copytree(written, tmp_path / "copy")
    offsets = np.load(folder / "rows.offsets.npy")
    offsets[1] = 10**9
    np.save(folder / "rows.offsets.npy", offsets)
    with pytest.raises(BundleError, match="entry 0 are damaged"):
        RowStore.open(folder).record(0)
    offsets[1] = 5
    np.save(folder / "rows.offsets.npy", offsets)
    with pytest.raises(BundleError, match="record of row 0 is damaged"):
        RowStore.open(folder).record(0)


@pytest.mark.parametrize("text", ["[]", '{"format": 2}', '{"format": 1}', "{"])
def test_a_description_that_is_none_is_refused(written, tmp_path, text):
    folder = shutil.copytree(written, tmp_path / "copy")
    (folder / "rows.spec.json").write_text(text)
    with pytest.raises(BundleError, match=r"rows\.spec\.json"):
        RowStore.open(folder)
