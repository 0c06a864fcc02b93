import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from leadgen.errors import InputError, LeadgenError
from leadgen.rows import FilterError, RowStore

from build_artifacts.indices.row_writer import RowWriter

COUNTRIES = ["DE", "de ", "Straße", "STRASSE", "France", None, "", "été", "e\u0301te\u0301", True, 5.0, 5]
EMPLOYEES = [1, 2.5, -3, 0, 10**6, None, float("nan"), 2.5, 7, 8, float("inf"), 1]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    records = [
        {"id": f"{at}", "country": country, "employees": employees, "founded": f"19{at:02}-01-01"}
        for at, (country, employees) in enumerate(zip(COUNTRIES, EMPLOYEES, strict=True))
    ]
    columns = {"country": "category", "employees": "number", "founded": "category"}
    with RowWriter(folder, "id", columns) as writer:
        writer.append(records)
    return RowStore.open(folder)


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        ({}, list(range(12))),
        ({"country": "DE"}, [0, 1]),
        ({"country": " de"}, [0, 1]),
        ({"country": "strasse"}, [2, 3]),
        ({"country": "ÉTÉ"}, [7, 8]),
        ({"country": True}, [9]),
        ({"country": 5}, [10, 11]),
        ({"country": "Atlantis"}, []),
        ({"country": ["de", "FRANCE", "Atlantis"]}, [0, 1, 4]),
        ({"country": []}, []),
        ({"country": None}, [5, 6]),
        ({"country": ["France", None]}, [4, 5, 6]),
        ({"country": {"not": "de"}}, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        ({"country": {"not": ["de", "strasse", None, "unknown"]}}, [4, 7, 8, 9, 10, 11]),
        ({"country": {"gte": "de", "lt": "g"}}, [0, 1, 4]),
        ({"country": {"gt": "de", "lte": "france"}}, [4]),
        ({"country": {"gte": "z"}}, [7, 8]),
        ({"country": {"gt": "france", "lt": "france"}}, []),
        ({"country": {"in": ["de", "france"], "not": "de"}}, [4]),
        ({"founded": {"gte": "1903-01-01", "lt": "1905-06-30"}}, [3, 4, 5]),
        ({"employees": 2.5}, [1, 7]),
        ({"employees": [0, 7]}, [3, 8]),
        ({"employees": None}, [5, 6]),
        ({"employees": [None, 0]}, [3, 5, 6]),
        ({"employees": {"gte": 2.5, "lte": 8}}, [1, 7, 8, 9]),
        ({"employees": {"gt": 2.5, "lt": 8}}, [8]),
        ({"employees": {"gte": 10**400}}, [10]),
        ({"employees": {"not": 1}}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ({"employees": {"not": [None, 1], "lt": 5}}, [1, 2, 3, 7]),
        ({"country": "de", "employees": {"gt": 1}}, [1]),
    ],
)
def test_a_filter_matches_exactly_these_rows(store, filters, rows):
    matched = store.match(filters)
    assert matched.rows.tolist() == rows
    assert matched.size == len(store)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"colour": "red"}, "'colour' cannot be filtered; those that can: country, employees, founded"),
        ({"employees": "many"}, "'employees' holds numbers and cannot be compared with 'many'"),
        ({"employees": True}, "'employees' holds numbers"),
        ({"employees": {"gte": "1"}}, "'employees' holds numbers"),
        ({"employees": float("nan")}, "'employees' holds nan"),
        ({"employees": {"gte": None}}, "'employees' ends at None"),
        ({"employees": {"lte": True}}, "'employees' ends at True"),
        ({"employees": {"lte": [1, 2]}}, "'employees' ends at"),
        (
            {"country": {"like": "d%"}},
            r"'country' has conditions \['like'\]; known: gt, gte, lt, lte, in, not",
        ),
        ({"country": {}}, "'country' has conditions"),
        ({"country": [["de"]]}, "'country' holds"),
        ({"country": {"not": {"a": 1}}}, "'country' holds"),
        ({"country": b"de"}, "'country' holds"),
    ],
)
def test_what_cannot_be_answered_is_refused_naming_the_column(store, filters, message):
    with pytest.raises(FilterError, match=message) as refusal:
        store.match(filters)
    assert isinstance(refusal.value, LeadgenError)


words = st.one_of(st.none(), st.text(st.sampled_from("aAbß é"), max_size=3))
numbers = st.one_of(st.none(), st.integers(-3, 3), st.floats(-3, 3))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), rows=st.lists(st.tuples(words, numbers), min_size=1, max_size=20))
def test_any_filter_agrees_with_reading_every_row(data, rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    with RowWriter(folder, "id", {"word": "category", "number": "number"}) as writer:
        for at, (word, number) in enumerate(rows):
            writer.append([{"id": str(at), "word": word, "number": number}])
    store = RowStore.open(folder)
    bounds = st.sampled_from(["gt", "gte", "lt", "lte"])
    for column, values in (("word", words), ("number", numbers)):
        limits = data.draw(st.dictionaries(bounds, values.filter(lambda value: value is not None), max_size=2))
        lists = data.draw(st.dictionaries(st.sampled_from(["in", "not"]), st.lists(values, max_size=3)))
        wanted = limits | lists
        if wanted:
            at = 0 if column == "word" else 1
            expected = [row for row, values in enumerate(rows) if satisfies(key(values[at]), wanted)]
            assert store.match({column: wanted}).rows.tolist() == expected


def key(value):
    return (value.strip().casefold().encode() or None) if isinstance(value, str) else value


def limit_key(value):
    """A bound of blanks is the empty text, below every value."""
    return value.strip().casefold().encode() if isinstance(value, str) else value


def satisfies(value, wanted):
    """The same question asked of one value, the slow way."""
    compare = {
        "gt": lambda limit: value is not None and value > limit_key(limit),
        "gte": lambda limit: value is not None and value >= limit_key(limit),
        "lt": lambda limit: value is not None and value < limit_key(limit),
        "lte": lambda limit: value is not None and value <= limit_key(limit),
        "in": lambda values: value in [key(entry) for entry in values],
        "not": lambda values: value not in [key(entry) for entry in values],
    }
    return all(compare[name](limit) for name, limit in wanted.items())


@pytest.mark.parametrize(("distinct", "dtype"), [(255, np.uint8), (256, np.uint16), (70_000, np.uint32)])
def test_codes_take_the_smallest_type_that_holds_them(tmp_path, distinct, dtype):
    with RowWriter(tmp_path, "id", {"domain": "category"}) as writer:
        writer.append([{"id": at, "domain": f"{at}.example"} for at in range(distinct)])
    assert np.load(tmp_path / "filter.0.codes.npy").dtype == dtype
    store = RowStore.open(tmp_path)
    last = f"{distinct - 1}.EXAMPLE"
    assert store.match({"domain": last}).rows.tolist() == [distinct - 1]
    assert store.match({"domain": {"not": ["0.example", last]}}).count == distinct - 2


def test_filter_values_may_come_beside_the_records(tmp_path):
    with RowWriter(tmp_path, "id", {"domain": "category", "size": "number"}) as writer:
        writer.append([{"id": "a", "size": 4}, {"id": "b", "size": 5}], filters={"domain": ["x.com", None]})
    store = RowStore.open(tmp_path)
    assert store.match({"domain": "x.com", "size": 4}).rows.tolist() == [0]
    assert store.record(0) == {"id": "a", "size": 4}


def test_a_column_without_any_value_matches_only_missing(tmp_path):
    with RowWriter(tmp_path, "id", {"note": "category"}) as writer:
        writer.append([{"id": "a"}, {"id": "b", "note": math.nan}])
    store = RowStore.open(tmp_path)
    assert store.match({"note": None}).count == 2
    assert store.match({"note": {"gte": "a"}}).count == 0
    assert store.match({"note": "x"}).count == 0


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": "number"}, "'a' is filtered as numbers; row 1 holds 'x'"),
        ({"b": "category"}, "'b' .* list values"),
    ],
)
def test_values_of_another_type_stop_the_build(tmp_path, columns, message):
    records = [{"id": "1", "a": 1, "b": "x"}, {"id": "2", "a": "x", "b": ["y"]}]
    with pytest.raises(InputError, match=message), RowWriter(tmp_path, "id", columns) as writer:
        writer.append(records)


def test_as_many_filter_values_as_records_are_wanted(tmp_path):
    with (
        pytest.raises(InputError, match="column 'a' has 1 values for 2 records"),
        RowWriter(tmp_path, "id", {"a": "number"}) as writer,
    ):
        writer.append([{"id": "1"}, {"id": "2"}], filters={"a": [1]})
