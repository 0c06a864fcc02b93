"""Today's companies with the descriptions of the last run: what is joined, what stays, what cannot be read."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from leadgen.errors import InputError

from build_artifacts.descriptions.company import Company, Description, Result, Sentence
from build_artifacts.descriptions.options import Columns
from build_artifacts.descriptions.table import open_companies, read_companies, write_described
from build_artifacts.indices.options import BuildOptions, TableOptions
from build_artifacts.indices.staging import stage
from build_artifacts.jobs import reading
from build_artifacts.jobs.described_columns import ADDED
from build_artifacts.rebuild.described import with_descriptions
from build_artifacts.rebuild.snapshot import Snapshot, take_snapshot

Rows = list[dict[str, Any]]
WHEN = "2026-11-15T21:00:00+00:00"
LAST_WEEK: Rows = [
    {"company_id": 1, "name": "Ayre", "description": "Our text on anvils.", "employees": 10, "is_current": True},
    {"company_id": 2, "name": "Bode", "description": "Our text on bells.", "employees": 20, "is_current": True},
    {"company_id": 3, "name": "Cole", "description": "Our text on candles.", "employees": 30, "is_current": True},
]
OPTIONS = TableOptions("", "company_id", text_cols=("description",), current_col="is_current", show_cols=("employees",))


def write(rows: Rows, path: Path) -> Path:
    """In the format that the name says."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def describe(rows: Rows, folder: Path, *visited: str) -> Path:
    """What `leadgen describe` writes of `rows`: the companies with these ids have a website that says something."""
    source = open_companies(str(write(rows, folder / "last_week.parquet")), Columns())
    results = {company.id: result(company, company.id in visited) for company in read_companies(source, Columns())}
    write_described(source, Columns(), results, folder / "described.parquet")
    return folder / "described.parquet"


def result(company: Company, visited: bool) -> Result:
    if not visited:
        return Result(company, "no_website", None)
    text = f"Website of {company.name}."
    return Result(company, "described", Description("h", "llm", [Sentence(text, [])], "described", "", "en"), "", WHEN)


@pytest.fixture
def join(tmp_path: Path) -> Callable[..., Snapshot]:
    """`join(rows, described)`: the snapshot of a rebuild over these rows of today."""

    def run(rows: Rows, described: Path | str, name: str = "today.parquet", **changes: Any) -> Snapshot:
        given = replace(OPTIONS, input_path=str(write(rows, tmp_path / name)), **changes)
        snapshot = take_snapshot(BuildOptions("artifacts", "cache", companies=given), None, tmp_path / "inputs")
        return with_descriptions(snapshot, str(described), tmp_path / "inputs" / "described")

    return run


def read(snapshot: Snapshot) -> Rows:
    return pq.read_table(snapshot.companies.input_path).to_pylist()


def own(rows: Rows) -> Rows:
    """Without what `leadgen describe` adds."""
    return [{name: value for name, value in row.items() if name not in ADDED} for row in rows]


def test_companies_are_those_of_today_with_the_descriptions_of_the_last_run(tmp_path, join) -> None:
    described = describe(LAST_WEEK, tmp_path, "1", "2", "3")
    added = {"company_id": 4, "name": "Dale", "description": "Own text.", "employees": 40, "is_current": True}
    changed = LAST_WEEK[2] | {"name": "Cole & Sons", "employees": 31}
    snapshot = join([added, changed, LAST_WEEK[0]], described)
    rows = read(snapshot)
    assert own(rows) == [
        added,
        changed | {"description": "Website of Cole."},
        LAST_WEEK[0] | {"description": "Website of Ayre."},
    ]
    assert [row["description_source"] for row in rows] == [None, "llm", "llm"]
    assert rows[1]["described_at"].isoformat() == WHEN
    assert snapshot.companies.source == str(tmp_path / "today.parquet")
    assert set(snapshot.objects) == {str(tmp_path / "today.parquet"), str(described)}


def test_a_text_of_the_table_itself_is_todays(tmp_path, join) -> None:
    described = describe([*LAST_WEEK[:2], LAST_WEEK[2] | {"description": "Industry."}], tmp_path, "1")
    today = [row | {"description": f"Changed on {row['company_id']}."} for row in LAST_WEEK[:2]]
    rows = read(join([*today, LAST_WEEK[2] | {"description": ""}], described))
    assert [row["description"] for row in rows] == ["Website of Ayre.", "Changed on 2.", "Industry."]
    assert [row["description_source"] for row in rows] == ["llm", "registry", "registry"]


def test_a_described_table_of_today_gets_the_later_descriptions(tmp_path, join) -> None:
    """Who describes a table, and then makes it the input, has texts of ours in it that are no registry's."""
    marked = [row | {"description_source": source} for row, source in zip(LAST_WEEK, ("llm", "llm", None), strict=True)]
    described = describe([row | {"description": "Registry."} for row in LAST_WEEK[:2]], tmp_path, "1")
    rows = read(join(marked, described))
    assert [row["description"] for row in rows] == ["Website of Ayre.", "Registry.", "Our text on candles."]
    assert [row["description_source"] for row in rows] == ["llm", "registry", None]


@pytest.mark.parametrize("name", ["today.csv", "today.jsonl", "today.parquet"])
def test_ids_that_are_text_here_and_numbers_there_are_the_same(tmp_path, join, name) -> None:
    described = describe(LAST_WEEK, tmp_path, "1", "2", "3")
    today = [row | {"company_id": f" {row['company_id']} "} for row in LAST_WEEK]
    rows = read(join(today, described, name))
    assert [row["description"] for row in rows] == ["Website of Ayre.", "Website of Bode.", "Website of Cole."]
    assert [row["company_id"] for row in rows] == [" 1 ", " 2 ", " 3 "]


def test_a_csv_file_stays_text_and_its_malformed_lines_stay_rejects(tmp_path, join) -> None:
    described = describe(LAST_WEEK, tmp_path, "1", "2", "3")
    folder = tmp_path / "parts"
    folder.mkdir()
    write(LAST_WEEK, folder / "a.csv")
    with (folder / "a.csv").open("a", encoding="utf-8") as file:
        file.write("7,too few\n")
    given = replace(OPTIONS, input_path=str(folder), max_rejected_share=0.5)
    plain = take_snapshot(BuildOptions("artifacts", "cache", companies=given), None, tmp_path / "inputs")
    joined = with_descriptions(plain, str(described), tmp_path / "inputs" / "described")
    staged = [stage(each.companies, tmp_path / "s", tmp_path / "rejects.csv") for each in (plain, joined)]
    assert [each.rejected for each in staged] == [{"malformed line": 1}] * 2
    assert [each.numbers for each in staged] == [frozenset()] * 2
    assert "line 5: 2 cells instead of 5" in (tmp_path / "rejects.csv").read_text()
    assert staged[0].snapshot != staged[1].snapshot, "the digest is not that of the descriptions"
    assert read(joined)[0]["employees"] == "10"


def test_rows_that_are_not_current_and_repeated_ids_stay_as_they_are(tmp_path, join) -> None:
    described = describe(LAST_WEEK, tmp_path, "1", "2", "3")
    outdated, repeated = LAST_WEEK[0] | {"is_current": False}, LAST_WEEK[0] | {"description": "Again."}
    rows = read(join([outdated, LAST_WEEK[0], repeated], described))
    assert own(rows) == [outdated, LAST_WEEK[0] | {"description": "Website of Ayre."}, repeated]
    assert [row["description_source"] for row in rows] == [None, "llm", None]


def test_an_outdated_description_is_not_taken(tmp_path, join) -> None:
    before = LAST_WEEK[0] | {"is_current": False, "description": "Before.", "description_source": "llm"}
    described = describe([before, *LAST_WEEK], tmp_path, "1")
    assert read(join(LAST_WEEK, described))[0]["description"] == "Website of Ayre."


def test_a_table_of_many_batches_keeps_its_order(tmp_path, join, monkeypatch, caplog) -> None:
    monkeypatch.setattr(reading, "BATCH_ROWS", 7)
    rows = [LAST_WEEK[0] | {"company_id": number} for number in range(100)]
    described = describe(rows[::-1], tmp_path, *map(str, range(0, 100, 2)))
    with caplog.at_level("INFO"):
        snapshot = join(rows, described)
    assert [row["company_id"] for row in read(snapshot)] == list(range(100))
    assert [row["description_source"] for row in read(snapshot)] == ["llm", "registry"] * 50
    (told,) = [json.loads(line) for line in caplog.messages if line.startswith('{"step": "described table"')]
    assert 0 <= told.pop("age_hours") < 1
    assert told == {"step": "described table", "rows": 100, "described": 50}


def test_the_column_is_the_one_that_leadgen_describe_is_told(tmp_path, join, monkeypatch) -> None:
    described = describe(LAST_WEEK, tmp_path, "1", "2", "3")
    pq.write_table(pq.read_table(described).rename_columns({"description": "about"}), described)
    monkeypatch.setenv("LEADGEN_DESCRIBE_DESCRIPTION_COL", "about")
    rows = read(join([row | {"about": ""} for row in LAST_WEEK], described))
    assert rows[0]["about"] == "Website of Ayre."
    assert rows[0]["description"] == "Our text on anvils."


def test_without_a_described_table_companies_are_built_as_they_came(tmp_path, join, caplog) -> None:
    snapshot = join(LAST_WEEK, tmp_path / "absent.parquet")
    assert snapshot.companies.input_path == str(tmp_path / "inputs/companies/table/today.parquet")
    assert "absent.parquet does not exist yet" in caplog.text
    customers = replace(snapshot, companies=None)
    assert with_descriptions(customers, str(tmp_path / "absent.parquet"), tmp_path / "none") is customers
    assert with_descriptions(snapshot, None, tmp_path / "none") is snapshot


def test_what_is_no_described_table_is_named(tmp_path, join) -> None:
    plain = write(LAST_WEEK, tmp_path / "plain.parquet")
    with pytest.raises(InputError, match=r"LEADGEN_DESCRIBED_COMPANIES=.*plain\.parquet .* no column description_so"):
        join(LAST_WEEK, plain)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match=r"LEADGEN_DESCRIBED_COMPANIES=.*broken\.parquet .* no readable parquet"):
        join(LAST_WEEK, tmp_path / "broken.parquet")
    described = describe(LAST_WEEK, tmp_path, "1")
    with pytest.raises(InputError, match=r"today\.parquet has no column 'company_id' \(--companies-id-col\)"):
        join([{"firm": 1, "description": "Text."}], described)
