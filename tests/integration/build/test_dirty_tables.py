import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from workplace import ROOT, clean_environment

HEADER = "customer_id,job_title,bio,industry,annual_spend"


@pytest.fixture
def run(workplace, capsys):
    """Build from a customers' table (or its text); the exit code and the last line on standard error."""

    def run(table, *flags, suffix="csv"):
        path = workplace.folder / f"dirty.{suffix}"
        if isinstance(table, pd.DataFrame):
            table.to_parquet(path.with_suffix(".parquet"))
            path = path.with_suffix(".parquet")
        else:
            path.write_bytes(table.encode() if isinstance(table, str) else table)
        code = workplace.build("--input-path", str(path), *flags, tables=False)
        return code, (capsys.readouterr().err.splitlines() or [""])[-1]

    return run


@pytest.fixture
def rejected(workplace):
    def rejected():
        return pd.read_csv(workplace.artifacts / "rejects/customers.csv", dtype=str)

    return rejected


def lines(count, start=0):
    rows = [f"c{i},Head of {i % 7},Leases {i % 5} trucks in Spain,energy,{i % 3 * 40000}" for i in range(start, count)]
    return "\n".join([HEADER, *rows])


def test_bad_lines_latin_1_and_repeated_ids_are_listed_and_left_out(run, rejected, workplace):
    text = lines(60) + "\nc1,again,x,energy,1\n,no id,x,energy,1\nc70,too,few\nc71,too,many,cells,1,2,3\nc72,,,,5\n"
    text += 'c73,"a quoted\nline break",fine,energy,70000\nc74,x,y,energy,much\n'
    latin = "c80,Geschäftsführer,Vermietet Lkw in München,Maschinenbau,90000\n".encode("latin-1")
    code, last = run(text.encode() + latin)
    assert code == 0, last
    assert sorted(rejected()["reason"]) == [
        "duplicate id", "empty row", "malformed line", "malformed line", "no id", "unreadable label",
    ]  # fmt: skip
    assert workplace.open().scorer.manifest.rows == 62


def test_more_rejected_rows_than_allowed_stop_the_build(run, rejected, workplace):
    text = lines(10) + "".join(f"\n,row {i} has no id,x,energy,1" for i in range(5))
    code, last = run(text, "--max-rejected-share", "0.3")
    assert code == 2
    assert "5 of 15 rows" in last
    assert len(rejected()) == 5
    assert not (workplace.artifacts / "CURRENT").exists()
    assert run(text, "--max-rejected-share", "0.4")[0] == 0


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "empty"),
        (HEADER + "\n", "none of 0 rows"),
        (HEADER.replace("annual_spend", "spend") + "\nc1,a,b,c,5\n", "'annual_spend'"),
        (HEADER.replace("customer_id", "id") + "\nc1,a,b,c,5\n", "'customer_id'"),
        ("customer_id,annual_spend\nc1,5\n", "--text-cols"),
        ("customer_id,bio,bio,annual_spend\nc1,a,b,5\n", "more than once"),
        (HEADER + ",is_current\nc1,a,b,c,5,false\n", "1 are not current (is_current)"),
        (lines(9).replace(",40000", ",0").replace(",80000", ",0"), "for no one of the 9 rows"),
        (HEADER + "\nc1,a,b,c,90000\n", "for every one of the 1 rows"),
        (b"\x00\x01\x02PAR1", "dirty.csv"),
        ("\n\n\n", "dirty.csv"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_one_line(run, table, message):
    code, last = run(table)
    assert code == 2
    assert last.startswith("leadgen indices: ")
    assert message in last


@pytest.mark.parametrize(("content", "suffix"), [(b"not a table", "parquet"), (b"", "parquet"), (b"{}", "json")])
def test_a_file_that_is_no_table_is_refused_in_one_line(run, content, suffix):
    code, last = run(content, suffix=suffix)
    assert code == 2
    assert f"dirty.{suffix}" in last


@pytest.mark.parametrize(("high", "low"), [(1, 1), (1, 2), (2, 1), (5, 20), (1, 24), (24, 1)])
def test_very_few_customers_are_enough(run, workplace, customers, high, low):
    spend = customers["annual_spend"].sort_values()
    table = customers.loc[[*spend.index[:low], *spend.dropna().index[-high:]]]
    code, last = run(table, "--high-value", f"annual_spend >= {spend.dropna().iloc[-high]}")
    assert code == 0, last
    (result,) = workplace.open().scorer.score([{"job_title": "CTO", "bio": "runs platforms"}])
    assert 0 <= result.scores.probability <= 1


def test_fifty_high_value_customers_among_five_thousand_are_enough(run, workplace):
    random = np.random.default_rng(0)
    good = np.arange(5000) % 100 == 0
    table = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(5000)],
            "industry": np.where(good & (random.random(5000) < 0.8), "energy", random.choice(["retail", "law"], 5000)),
            "web_activity_score": random.normal(50 + 20 * good, 10),
            "won": good,
        }
    )
    code, last = run(table, "--high-value", "won", "--text-cols", ",")
    assert code == 0, last
    best, worst = workplace.open().scorer.score(
        [{"industry": "energy", "web_activity_score": 75}, {"industry": "retail", "web_activity_score": 40}]
    )
    assert best.scores.probability > 5 * worst.scores.probability


@pytest.mark.parametrize("columns", [{}, {"bio": "energy"}])
def test_rows_that_hardly_differ_are_built(run, customers, columns):
    table = customers[["customer_id", "annual_spend"]].assign(bio="leases trucks", industry="energy")
    for column, value in columns.items():
        table.loc[table.index[0], column] = value
    code, last = run(table)
    assert code == 0, last


def test_a_table_without_text_loads_no_text_model(run, workplace, customers):
    assert run(customers, "--text-cols", ",", "--text-model", "no/such/model/at/all")[0] == 0
    engine = workplace.open()
    assert engine.model is None
    assert engine.finder is None
    assert not (workplace.bundle / "model").exists()
    assert engine.scorer.score([{"industry": "Energy"}])


def test_a_table_of_text_alone_and_odd_ids_are_built(run, workplace, customers):
    odd = [f"ü/{i}/../🦄 é" for i in range(len(customers))]
    code, last = run(customers.assign(customer_id=odd), "--cat-cols", ",", "--num-cols", ",")
    assert code == 0, last
    (result,) = workplace.open().scorer.score([{"bio": "runs software platforms", "job_title": "CTO"}])
    assert result.scores.neighbors[0].customer_id in odd


def test_companies_alone_are_built(workplace):
    assert workplace.build("--companies-input-path", str(workplace.folder / "companies.parquet"), tables=False) == 0
    engine = workplace.open_without_key()
    assert engine.scorer is None
    assert len(engine.finder.rows) == 40


def test_the_command_line_ends_with_2_and_no_stack_trace(workplace):
    command = [
        sys.executable,
        "-m",
        "build_artifacts",
        *workplace.flags("--input-path", "absent.parquet", tables=False),
    ]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("leadgen indices: absent.parquet does not exist")
    assert "Traceback" not in done.stderr
