"""Parquet and CSV of all kinds, read in batches, or refused by name."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from leadgen.errors import InputError

from build_artifacts.jobs.reading import BATCH_ROWS, open_source


def read(path, columns=("id", "bio"), bad=None):
    source = open_source(str(path), (bad if bad is not None else []).append)
    return [row for batch in source.batches(list(columns)) for row in batch.to_pylist()]


def csv(tmp_path, content, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_csv_cells_are_text_and_empty_ones_missing(tmp_path):
    path = csv(tmp_path, 'id,bio\n007,1.50\n8,\n9,""\n10,NA\n')
    assert [(row["id"], row["bio"]) for row in read(path)] == [("007", "1.50"), ("8", None), ("9", None), ("10", "NA")]


def test_a_byte_order_mark_and_windows_line_ends_are_understood(tmp_path):
    assert read(csv(tmp_path, b"\xef\xbb\xbfid,bio\r\n1,x\r\n")) == [{"id": "1", "bio": "x"}]


def test_quoted_cells_hold_newlines_commas_and_quotes(tmp_path):
    path = csv(tmp_path, '"id","bio"\n1,"a\nb, ""c"""\n')
    assert read(path) == [{"id": "1", "bio": 'a\nb, "c"'}]


def test_malformed_lines_are_reported_once_and_left_out(tmp_path):
    bad = []
    path = csv(tmp_path, "id,bio\n1,a\n2,b,c\n3\n4,d\n")
    assert [row["id"] for row in read(path, bad=bad)] == ["1", "4"]
    assert bad == ["line 3: 3 cells instead of 2", "line 4: 1 cells instead of 2"]


def test_bytes_that_are_not_utf8_are_replaced_not_fatal(tmp_path):
    assert read(csv(tmp_path, b"id,bio\n1,caf\xe9\n2,ok\n"))[0]["bio"] == "caf\ufffd"


def test_a_character_across_the_end_of_the_first_block_is_whole(tmp_path):
    text = "a" * (65_536 - len("id,bio\n1,") - 1) + "é"
    assert read(csv(tmp_path, f"id,bio\n1,{text}\n"))[0]["bio"] == text


def test_a_large_csv_is_read_in_order_and_in_batches(tmp_path):
    path = csv(tmp_path, "id,bio\n" + "".join(f"{i},text number {i}\n" for i in range(60_000)))
    source = open_source(str(path), [].append)
    sizes, ids = [], []
    for batch in source.batches(["id"]):
        sizes.append(batch.num_rows)
        ids += batch.column(0).to_pylist()
    assert ids == [str(i) for i in range(60_000)]
    assert max(sizes) <= BATCH_ROWS


def test_a_folder_of_csv_files_is_one_table(tmp_path):
    (tmp_path / "f").mkdir()
    csv(tmp_path / "f", "id,bio\n1,a\n", "1.csv")
    csv(tmp_path / "f", "bio,id\nb,2\n", "2.CSV")
    (tmp_path / "f" / "_SUCCESS").touch()
    (tmp_path / "f" / ".hidden.txt").touch()
    assert read(tmp_path / "f") == [{"id": "1", "bio": "a"}, {"id": "2", "bio": "b"}]


def test_a_folder_of_parquet_files_is_one_table_in_the_order_of_names(tmp_path):
    (tmp_path / "f" / "deep").mkdir(parents=True)
    for name, start in (("f/a.parquet", 0), ("f/b.pq", 5000), ("f/deep/c.parquet", 10_000)):
        rows = {"id": range(start, start + 5000), "bio": ["x"] * 5000, "other": [None] * 5000}
        pq.write_table(pa.table({k: list(v) for k, v in rows.items()}), tmp_path / name, row_group_size=999)
    source = open_source(str(tmp_path / "f"), [].append)
    batches = [batch.column(0).to_pylist() for batch in source.batches(["id"])]
    assert [number for batch in batches for number in batch] == list(range(15_000))
    assert source.columns == ("id", "bio", "other")
    assert max(map(len, batches)) <= BATCH_ROWS


def test_a_header_without_rows_is_an_empty_table(tmp_path):
    assert read(csv(tmp_path, "id,bio\n")) == []


def test_blank_lines_before_the_header_are_skipped(tmp_path):
    assert read(csv(tmp_path, "\n\nid,bio\n1,x\n")) == [{"id": "1", "bio": "x"}]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"", "is empty: not even a header"),
        ("t.csv", b"\n\n", "is empty"),
        ("t.csv", b"id,bio,id\n1,x,2\n", "column id appears more than once"),
        ("t.parquet", b"", "no readable parquet table"),
        ("t.parquet", b"PAR1 not really PAR1", "no readable parquet table"),
        ("t.xlsx", b"PK", "holds xlsx files; a parquet, CSV or JSON lines"),
        ("t", b"id\n1\n", "a parquet, CSV or JSON lines"),
    ],
)
def test_a_file_that_is_no_table_is_named(tmp_path, name, content, message):
    path = csv(tmp_path, content, name)
    with pytest.raises(InputError, match=message) as error:
        open_source(str(path), [].append)
    assert str(path) in str(error.value)


def test_an_unreadable_header_is_named(tmp_path):
    path = csv(tmp_path, b"x" * 200_000)
    with pytest.raises(InputError, match=r"t\.csv"):
        read(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.parquet does not exist; give --input-path"):
        open_source(str(tmp_path / "gone.parquet"), [].append)


@pytest.mark.parametrize(("names", "message"), [(["a.csv", "b.parquet"], "csv, parquet files"), ([], "holds no files")])
def test_a_folder_that_is_no_one_table_is_refused(tmp_path, names, message):
    folder = tmp_path / "f"
    folder.mkdir()
    for name in names:
        csv(folder, "id\n1\n", name)
    with pytest.raises(InputError, match=message):
        open_source(str(folder), [].append)


def test_a_file_that_breaks_off_is_named(tmp_path):
    (tmp_path / "f").mkdir()
    for name in ("a", "b"):
        pq.write_table(pa.table({"id": list(range(9000)), "bio": ["x" * 50] * 9000}), tmp_path / f"f/{name}.parquet")
    whole = (tmp_path / "f/b.parquet").read_bytes()
    (tmp_path / "f/b.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"/f cannot be read to its end"):
        read(tmp_path / "f")


def test_parquet_columns_of_one_name_are_refused(tmp_path):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array(["x"])], names=["id", "id", "bio"])
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"t\.parquet"):
        read(tmp_path / "t.parquet")


def test_a_folder_that_may_not_be_listed_is_named(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("no access")

    monkeypatch.setattr("build_artifacts.jobs.reading.pa_fs.FileSelector", refuse)
    with pytest.raises(InputError, match="cannot be read: no access"):
        open_source(str(tmp_path), [].append)
