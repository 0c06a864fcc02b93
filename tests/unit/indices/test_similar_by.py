"""Classes of similar companies from a column or from known pairs."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from leadgen.errors import InputError
from leadgen.features import ColumnPlan

from build_artifacts.indices.options import is_pairs
from build_artifacts.indices.similar_by import classes_of, space_name

PLAN = ColumnPlan()


def groups(codes, names):
    found = {}
    for code, name in zip(codes.tolist(), names, strict=True):
        found.setdefault(code, []).append(name)
    return sorted(members for code, members in found.items() if code >= 0)


def test_a_columns_values_are_classes_unless_missing_or_alone():
    rows = [
        {"id": i, "sector": value} for i, value in enumerate(["Oil", "oil ", None, "Bank", "-", "bank", "zoo", "Oil"])
    ]
    codes = classes_of("sector", rows, "id", PLAN)
    assert groups(codes, range(8)) == [[0, 1, 7], [3, 5]]
    assert codes[[2, 4, 6]].tolist() == [-1, -1, -1]


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match=r"no column 'branch' \(--companies-similar-by\)"):
        classes_of("branch", [{"id": 1, "sector": "x"}], "id", PLAN)


def test_pairs_that_share_a_company_are_one_class(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("left,right,note\na,b,\nc,d,\nd,e,\nx,unknown,\nb,a,\n,a,\n e,c,\n")
    names = list("abcdexz")
    codes = classes_of(str(path), [{"id": name} for name in names], "id", PLAN)
    assert groups(codes, names) == [["a", "b"], ["c", "d", "e"]]


def test_long_chains_of_pairs_are_followed(tmp_path):
    path = tmp_path / "pairs.parquet"
    numbers = list(range(5000))
    pq.write_table(pa.table({"a": numbers[:-1], "b": [float(n) for n in numbers[1:]]}), path)
    codes = classes_of(str(path), [{"id": str(n)} for n in numbers], "id", PLAN)
    assert set(codes.tolist()) == {0}


def test_pairs_need_two_columns(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("left\na\n")
    with pytest.raises(InputError, match=r"pairs\.csv needs two columns of company ids, it has left"):
        classes_of(str(path), [{"id": "a"}], "id", PLAN)


@pytest.mark.parametrize(
    ("similar_by", "name"),
    [
        ("industry", "industry"),
        ("Sub-Sector €", "sub_sector"),
        ("x/pairs.CSV", "pairs"),
        ("general", "learned"),
        ("€", "learned"),
    ],
)
def test_the_learned_space_has_a_name_fit_for_a_folder(similar_by, name):
    assert space_name(similar_by) == name
    assert is_pairs(similar_by) == (name == "pairs")
