import json

import pytest
from leadgen.errors import InputError

from build_artifacts.jobs.reading import BATCH_ROWS, open_source


def rows_of(path, columns=None):
    problems = []
    source = open_source(str(path), problems.append)
    rows = [row for batch in source.batches(columns or list(source.columns)) for row in batch.to_pylist()]
    return source, rows, problems


def test_values_are_text_and_what_is_absent_is_null(tmp_path):
    objects = [{"id": 7, "text": "Zürich"}, {"text": None, "more": {"a": [1]}}, {"id": True, "text": "a\ud800b"}]
    (tmp_path / "rows.jsonl").write_text("\ufeff" + "\n".join(map(json.dumps, objects)))
    source, rows, problems = rows_of(tmp_path / "rows.jsonl")
    assert source.columns == ("id", "text", "more")
    assert rows == [
        {"id": "7", "text": "Zürich", "more": None},
        {"id": None, "text": None, "more": '{"a": [1]}'},
        {"id": "true", "text": "a?b", "more": None},
    ]
    assert problems == []


def test_lines_that_hold_no_object_are_left_out_and_told(tmp_path):
    bad = "[" * 100_000
    (tmp_path / "rows.ndjson").write_bytes(
        b'{"a": "1"}\r\n\r\n{"a": \n[1]\n"x"\n' + bad.encode() + b'\n{"a": "\xff"}\n'
    )
    _, rows, problems = rows_of(tmp_path / "rows.ndjson")
    assert [row["a"] for row in rows] == ["1", "\ufffd"]
    assert [problem.rpartition("line ")[2] for problem in problems] == [f"{n}: no JSON object" for n in (3, 4, 5, 6)]


def test_files_of_a_folder_are_read_by_name_across_batches_and_chunks(tmp_path):
    count = BATCH_ROWS + 5
    for name, first in (("b.jsonl", count), ("a.jsonl", 0)):
        lines = [json.dumps({"n": str(first + i), "text": "é" * 100}) for i in range(count)]
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    (tmp_path / "_SUCCESS").touch()
    source, rows, _ = rows_of(tmp_path, ["n"])
    assert [row["n"] for row in rows] == [str(n) for n in range(2 * count)]
    assert source.count() == 2 * count


def test_kinds_of_files_do_not_mix(tmp_path):
    (tmp_path / "a.jsonl").write_text("{}")
    (tmp_path / "b.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match="holds csv, jsonl files"):
        rows_of(tmp_path)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_rows_are_counted_for_the_progress_bar(tmp_path, suffix):
    import pandas as pd

    table, path = pd.DataFrame({"a": ["x", "y, z", "b"]}), tmp_path / f"rows.{suffix}"
    if suffix == "csv":
        table.to_csv(path, index=False)
    elif suffix == "parquet":
        table.to_parquet(path)
    else:
        table.to_json(path, orient="records", lines=True)
    assert open_source(str(path), print).count() == 3
