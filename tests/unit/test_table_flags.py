"""Flags, their twins in the environment, and the defaults that fit the sample."""

import argparse
import os
import re

import pyarrow.parquet as pq
import pytest
from leadgen.bundle import TableManifest
from leadgen.errors import ConfigurationError
from leadgen.features import ColumnPlan

from build_artifacts import table_flags
from build_artifacts.sample import write_sample
from build_artifacts.table_flags import FLAGS, build_options, evaluated_tables, variable


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith("LEADGEN_"):
            monkeypatch.delenv(name)


def parse(*arguments, add=table_flags.add_build_flags):
    parser = argparse.ArgumentParser()
    add(parser)
    return parser.parse_args(arguments)


def built(*arguments):
    return build_options(parse(*arguments))


def flags_of(add):
    parser = argparse.ArgumentParser()
    add(parser)
    return [a.option_strings[0] for a in parser._actions if a.dest not in ("help", "json")]


@pytest.mark.parametrize("add", [table_flags.add_build_flags, table_flags.add_evaluate_flags])
def test_every_flag_has_a_twin_in_the_environment(add, monkeypatch):
    flags = flags_of(add)
    assert len(flags) > 30
    for flag in flags:
        monkeypatch.setenv("LEADGEN_" + flag.removeprefix("--").replace("-", "_").upper(), f"value of {flag}")
    given = vars(parse(add=add))
    for flag in flags:
        assert given[flag.removeprefix("--").replace("-", "_")] == f"value of {flag}"


@pytest.mark.parametrize("name", ["input-path", "text-cols", "cat-cols", "num-cols"])
def test_the_prototypes_names_stay(name):
    assert f"--{name}" in flags_of(table_flags.add_build_flags)
    assert variable(name) == "LEADGEN_" + re.sub("-", "_", name).upper()


def test_a_flag_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("LEADGEN_TEXT_COLS", "notes")
    assert built("--input-path", "x").customers.text_cols == ("notes",)
    assert built("--input-path", "x", "--text-cols", " a , b,").customers.text_cols == ("a", "b")


def test_the_defaults_fit_the_sample(tmp_path):
    paths = write_sample(tmp_path, customers=20, companies=20)
    options = built("--input-path", str(paths.customers), "--companies-input-path", str(paths.companies))
    for table, path in ((options.customers, paths.customers), (options.companies, paths.companies)):
        columns = set(pq.read_schema(path).names)
        assert set(table.plan.features) <= columns
        assert {table.id_col, table.name_col, table.current_col} - {"is_current"} <= columns
        assert set(table.filter_cols) <= columns
        assert set(table.show_cols) <= columns
    assert options.customers.high_value == "annual_spend >= 50000"
    assert options.customers.email_col in pq.read_schema(paths.customers).names
    assert options.companies.email_col is options.companies.high_value is options.companies.company_col is None
    assert (options.customers.lead_sentence, options.companies.lead_sentence) == (False, True)


def test_only_the_tables_with_a_path_are_built():
    assert built("--input-path", "x").companies is None
    assert built("--companies-input-path", "x").customers is None
    assert built().customers is None


def test_an_empty_list_takes_a_default_away():
    assert built("--input-path", "x", "--cat-cols", "").customers.cat_cols == ()


def test_columns_that_the_user_named_are_told_from_defaults(monkeypatch):
    monkeypatch.setenv("LEADGEN_FILTER_COLS", "a, b")
    options = built(
        "--input-path", "x", "--city-col", "town", "--missing-values", "none", "--companies-input-path", "y",
        "--companies-mask-cols", "name",
    )  # fmt: skip
    assert options.customers.named - {""} == {"a", "b", "town"}
    assert options.companies.named - {""} == {"name"}


def test_more_spellings_of_no_value_join_the_usual_ones():
    table = built("--input-path", "x", "--missing-values", "Keine Angabe,0000").customers
    assert {"keine angabe", "0000", "n/a"} <= set(table.plan.missing_values)


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--seed", "x"),
        ("--threads", "0"),
        ("--threads", "many"),
        ("--threads", "-1"),
        ("--max-rejected-share", "a lot"),
        ("--max-rejected-share", "-0.1"),
        ("--companies-max-rejected-share", "inf"),
        ("--companies-max-rejected-share", "nan"),
        ("--band-precisions", "hot"),
        ("--band-precisions", "hot=x"),
        ("--band-precisions", "hot=1.5"),
        ("--band-precisions", "hot=0"),
        ("--index-kind", "hnsw"),
    ],
)
def test_an_unusable_value_names_its_flag(flag, value):
    with pytest.raises(ConfigurationError, match=re.escape(f"{flag} is {value!r}")):
        built("--input-path", "x", "--companies-input-path", "y", f"{flag}={value}")


def test_settings_of_the_whole_build_are_read():
    options = built("--seed", "3", "--threads", "2", "--band-precisions", "a=0.9, b=0.2", "--index-kind", "flat-int8")
    assert (options.seed, options.threads, options.index_kind) == (3, 2, "flat-int8")
    assert options.band_precisions == {"a": 0.9, "b": 0.2}
    assert built().index_kind == "auto"


def test_every_flag_is_explained(capsys):
    parser = argparse.ArgumentParser()
    table_flags.add_build_flags(parser)
    text = parser.format_help()
    assert all(f"--{flag.name}" in text for flag in FLAGS if flag.name != "similar-by")
    assert "--companies-similar-by" in text
    assert "(default: customer_id)" in text


class Built:
    """Manifests as a bundle would have them."""

    customers = TableManifest(
        source="s", snapshot="0", rows=1, rejected={}, id_column="key", high_value="won", default_space="customers",
        plan=ColumnPlan(text=("notes",), numbers=("n",)),
    )  # fmt: skip
    companies = TableManifest(
        source="s", snapshot="0", rows=1, rejected={}, id_column="firm", default_space="general",
        plan=ColumnPlan(text=("about",), mask=("name",), lead_sentence=True, missing_values=("", "?")),
    )  # fmt: skip


def evaluated(*arguments, manifest=Built):
    return evaluated_tables(parse(*arguments, add=table_flags.add_evaluate_flags), manifest)


def test_a_judged_table_is_read_as_the_bundles_own_was():
    leads, companies = evaluated("--input-path", "x", "--companies-input-path", "y", "--companies-similar-by", "kind")
    assert (leads.id_col, leads.text_cols, leads.num_cols, leads.high_value) == ("key", ("notes",), ("n",), "won")
    assert (companies.id_col, companies.mask_cols, companies.similar_by) == ("firm", ("name",), "kind")
    assert companies.plan == Built.companies.plan
    assert companies.high_value is None


def test_the_label_and_id_of_a_judged_table_may_differ():
    leads, _ = evaluated("--input-path", "x", "--high-value", "spend > 5", "--id-col", "other")
    assert (leads.high_value, leads.id_col) == ("spend > 5", "other")


def test_nothing_to_judge_is_refused():
    with pytest.raises(ConfigurationError, match="--input-path"):
        evaluated()
