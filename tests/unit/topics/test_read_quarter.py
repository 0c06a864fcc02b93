"""A quarter of transcripts, read firm by firm."""

from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from leadgen.errors import InputError

from build_artifacts.topics.firm import FirmSentences
from build_artifacts.topics.reading import QuarterSentences, TranscriptOptions, read_quarter

TURNS = Path(__file__).parents[3].parent / "shared" / "data" / "transcript_turns.parquet"
ROWS: list[dict[str, Any]] = [
    {"companyid": "b", "quarter": "2021Q3", "doc_id": "b2", "position": 0, "text": "Margins held in Asia."},
    {"companyid": "a", "quarter": "2021Q3", "doc_id": "a1", "position": 2, "text": "Costs fell in Ohio."},
    {"companyid": "b", "quarter": "2021Q3", "doc_id": "b1", "position": 10, "text": "Prices rose in Spain."},
    {"companyid": "a", "quarter": "2021Q2", "doc_id": "a0", "position": 0, "text": "An earlier quarter was good."},
    {"companyid": "a", "quarter": "2021Q3", "doc_id": "a1", "position": 1, "text": "Sales rose in Peru."},
    {"companyid": "b", "quarter": "2021Q3", "doc_id": "b1", "position": 9, "text": "Orders slowed in France."},
]


NUMBERS = count()


def table(folder: Path, rows: list[dict[str, Any]], kind: str = "parquet") -> str:
    path = folder / f"transcripts{next(NUMBERS)}.{kind}"
    frame = pd.DataFrame(rows)
    frame.to_csv(path, index=False) if kind == "csv" else frame.to_parquet(path)
    return str(path)


def read(folder: Path, rows: list[dict[str, Any]], kind: str = "parquet", **options: Any) -> QuarterSentences:
    return read_quarter(TranscriptOptions(table(folder, rows, kind), **options), "2021Q3")


def texts(quarter: QuarterSentences) -> dict[str, list[str]]:
    return {firm.company_id: firm.texts for firm in quarter}


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_firms_are_brought_together_and_sorted(tmp_path: Path, kind: str) -> None:
    quarter = read(tmp_path, ROWS, kind)

    assert quarter.company_ids == ["a", "b"]
    assert texts(quarter) == {
        "a": ["Sales rose in Peru.", "Costs fell in Ohio."],
        "b": ["Orders slowed in France.", "Prices rose in Spain.", "Margins held in Asia."],
    }
    assert quarter.firm("b").documents == ["b1", "b1", "b2"]
    assert (quarter.n_firms, quarter.n_sentences) == (2, 5)
    assert quarter.counts == dict.fromkeys(quarter.counts, 0) | {"rows": 6, "rows_of_quarter": 5, "sentences": 5}
    assert {"without_company", "without_text", "without_quarter", "duplicate_rows", "malformed_lines"} < set(
        quarter.counts
    )


def test_neither_the_order_of_rows_nor_their_files_change_a_firm(tmp_path: Path) -> None:
    rows = [*ROWS, ROWS[4] | {"text": "Said at the same place."}, ROWS[0] | {"position": None, "text": "Placeless."}]
    folder = tmp_path / "parts"
    folder.mkdir()
    for part in (rows[5:], rows[3:5], rows[:3]):
        table(folder, part)

    expected = list(read(tmp_path, rows))

    assert list(read(tmp_path, rows[::-1])) == expected
    assert list(read_quarter(TranscriptOptions(str(folder)), "Q3 2021")) == expected


def test_without_positions_the_order_of_the_file_is_kept(tmp_path: Path) -> None:
    rows = [{"companyid": "a", "quarter": "2021Q3", "text": f"The {word} came."} for word in ("third", "first", "last")]

    assert texts(read(tmp_path, rows)) == {"a": ["The third came.", "The first came.", "The last came."]}


def test_a_row_that_is_there_twice_counts_once_and_words_said_twice_are_repeated(tmp_path: Path) -> None:
    quarter = read(tmp_path, [*ROWS, ROWS[1], ROWS[1] | {"position": 3}])

    firm = quarter.firm("a")
    assert firm.texts == ["Sales rose in Peru.", "Costs fell in Ohio.", "Costs fell in Ohio."]
    assert firm.kept_out == [None, None, "repeated"]
    assert firm.clustered == [0, 1]
    assert (quarter.counts["duplicate_rows"], quarter.counts["repeated"]) == (1, 1)


def test_what_many_firms_say_alike_is_boilerplate(tmp_path: Path) -> None:
    said = "Let me walk you through our progress."
    rows = [ROWS[0] | {"companyid": f"firm {n}", "text": said} for n in range(6)]

    assert {tuple(firm.kept_out) for firm in read(tmp_path, rows)} == {("boilerplate",)}
    assert {tuple(firm.kept_out) for firm in read(tmp_path, rows[:4])} == {(None,)}


def test_rows_that_cannot_be_used_are_counted(tmp_path: Path) -> None:
    rows = [
        *ROWS,
        ROWS[0] | {"companyid": None},
        ROWS[0] | {"companyid": "  "},
        ROWS[0] | {"text": None},
        ROWS[0] | {"text": " \u00a0\n"},
        ROWS[0] | {"text": "\x00"},
        ROWS[0] | {"quarter": None},
        ROWS[0] | {"quarter": "soon"},
    ]

    counts = read(tmp_path, rows).counts

    assert (counts["without_company"], counts["without_text"], counts["without_quarter"]) == (2, 3, 2)
    assert (counts["rows"], counts["rows_of_quarter"], counts["sentences"]) == (13, 10, 5)


def test_texts_can_be_stored_whatever_they_hold(tmp_path: Path) -> None:
    dirty = [b"Sales\x00 rose \xff in  Peru.", b"\xed\xa0\x80 Costs fell.", "Prices\u200b rose.\r\n".encode()]
    dirty.append(b"x" * 10_000)
    columns: dict[str, Any] = {"companyid": [7, 7, 7, 7], "quarter": ["2021Q3"] * 4, "position": [0, 1, 2, 3]}
    path = tmp_path / "dirty.parquet"
    pq.write_table(pa.table(columns | {"text": pa.array(dirty, pa.binary())}), path)

    (firm,) = read_quarter(TranscriptOptions(str(path), text_unit="sentence"), "2021Q3")

    assert firm.company_id == "7"
    assert firm.texts == ["Sales rose \ufffd in Peru.", "\ufffd\ufffd\ufffd Costs fell.", "Prices rose.", "x" * 10_000]


def test_company_ids_are_exact_but_for_white_space_and_decimal_points(tmp_path: Path) -> None:
    rows = [ROWS[0] | {"companyid": name} for name in (" ab ", "ab", "AB")]

    assert read(tmp_path, rows).company_ids == ["AB", "ab"]
    assert read(tmp_path, [ROWS[0] | {"companyid": 12.0}, ROWS[0] | {"companyid": None}]).company_ids == ["12"]


def test_a_quarter_may_be_a_number_beside_a_year_or_a_date(tmp_path: Path) -> None:
    numbers = [row | {"quarter": int(row["quarter"][-1]), "year": 2021} for row in ROWS]
    dates = [row | {"quarter": pd.Timestamp(2021, 3 * int(row["quarter"][-1]), 1)} for row in ROWS]

    assert list(read(tmp_path, numbers)) == list(read(tmp_path, dates)) == list(read(tmp_path, ROWS))


def test_turns_are_split_and_sorted_and_have_speakers(tmp_path: Path) -> None:
    said = [
        ("Operator", "Our first question comes from Bo Hu of Acme Securities. Your line is open."),
        ("Bo Hu", "Do margins hold? " + "What of freight costs in Asia, and of wages in Europe and the Americas? " * 5),
        ("Ann Lee", "They do. Freight costs fell in all of our markets."),
    ]
    rows = [
        ROWS[0] | {"turn": turn, "speaker": speaker, "text": text, "position": None, "ticker": "BEE", "name": "Bee Ltd"}
        for turn, (speaker, text) in enumerate(said)
    ]
    people = tmp_path / "people.csv"
    pd.DataFrame({"doc_id": ["b2"], "participant": ["Ann B. Lee--Chief Executive Officer"]}).to_csv(people, index=False)

    (firm,) = read(tmp_path, rows[::-1], participants_path=str(people))

    assert firm.texts[1:3] == ["Your line is open.", "Do margins hold?"]
    assert firm.texts[-2:] == ["They do.", "Freight costs fell in all of our markets."]
    assert firm.speaker_types == ["operator"] * 2 + ["analyst"] * 6 + ["executive"] * 2
    assert (firm.ticker, firm.name) == ("BEE", "Bee Ltd")


def test_the_unit_of_text_may_be_given(tmp_path: Path) -> None:
    rows = [ROWS[0] | {"text": "Sales rose. Costs fell in Ohio."}]

    assert read(tmp_path, rows).n_sentences == 1
    assert read(tmp_path, rows, text_unit="turn").n_sentences == 2


def test_the_hash_changes_with_what_was_said_and_only_then(tmp_path: Path) -> None:
    def hashes(rows: list[dict[str, Any]]) -> dict[str, str]:
        return {firm.company_id: firm.input_hash for firm in read(tmp_path, rows)}

    known = hashes(ROWS)
    renamed = [row | {"doc_id": f"{row['doc_id']}x"} if row["companyid"] == "a" else row for row in ROWS]

    assert hashes([*ROWS, ROWS[0] | {"companyid": "c"}]).items() > known.items()
    assert hashes([ROWS[0] | {"text": "Margins fell in Asia."}, *ROWS[1:]])["b"] != known["b"]
    assert hashes(renamed)["a"] != known["a"]
    assert hashes(renamed)["b"] == known["b"]


@pytest.mark.parametrize("column", ["name", "ticker"])
def test_the_hash_changes_with_the_firms_name_and_ticker(tmp_path: Path, column: str) -> None:
    rows = [row | {column: "BEE" if row["companyid"] == "b" else "ANT"} for row in ROWS]
    changed = [row | {column: "WASP" if row["companyid"] == "b" else "ANT"} for row in ROWS]
    before, after = ({firm.company_id: firm.input_hash for firm in read(tmp_path, given)} for given in (rows, changed))

    assert after["a"] == before["a"]
    assert after["b"] != before["b"]


def test_firms_that_are_finished_are_skipped_unless_they_changed(tmp_path: Path) -> None:
    quarter = read(tmp_path, ROWS)
    first, second = quarter

    assert [firm.company_id for firm in quarter.unfinished({"a": first.input_hash})] == ["b"]
    assert list(quarter.unfinished({"a": "other", "b": second.input_hash})) == [first]
    assert list(quarter) == [first, second]


def test_a_quarter_that_is_absent_is_refused_with_those_there_are(tmp_path: Path) -> None:
    path = table(tmp_path, [ROWS[0] | {"quarter": f"{year}Q1"} for year in range(1990, 2015)])

    with pytest.raises(InputError, match=r"no rows of 2021Q3 in 'quarter'; it has 2014Q1, .*, 1995Q1 and 5 more"):
        read_quarter(TranscriptOptions(path), "2021Q3")


def test_a_quarter_column_that_is_none_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--year-col"):
        read(tmp_path, [ROWS[0] | {"quarter": 3}])


def test_a_quarter_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match=r"--quarter is '2021'; write it like 2021Q3"):
        read_quarter(TranscriptOptions("nowhere"), "2021")


@pytest.mark.parametrize("flag", ["speaker", "text"])
def test_a_named_column_that_is_absent_is_refused_with_the_columns_there_are(tmp_path: Path, flag: str) -> None:
    with pytest.raises(InputError, match=rf"no column 'said' \(--{flag}-col\); it has companyid, quarter, doc_id"):
        read(tmp_path, ROWS, **{f"{flag}_col": "said"})


@pytest.mark.skipif(not TURNS.exists(), reason="the real transcripts are not here")
def test_real_turns_become_sentences_of_known_speakers() -> None:
    people = str(TURNS.with_name("transcript_participants.parquet"))
    quarter = read_quarter(TranscriptOptions(str(TURNS), people, company_col="ticker"), "2021Q3")
    firms: list[FirmSentences] = list(quarter)

    expected = pq.read_table(TURNS, filters=[("quarter", "=", 3)])["n_sent"].to_numpy().sum()
    speakers = [kind for firm in firms for kind in firm.speaker_types]
    assert quarter.n_firms == 43
    assert 1.0 < quarter.n_sentences / expected < 1.25
    assert np.mean([kind in ("operator", "executive", "analyst") for kind in speakers]) > 0.99
    assert 0.1 < quarter.counts["boilerplate"] / quarter.n_sentences < 0.25
