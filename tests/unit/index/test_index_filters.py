from typing import get_args

import numpy as np
import pytest
from leadgen.index import Kind, RowFilter, VectorIndex
from leadgen.index import part as part_module

from build_artifacts.indices.vector_index import write_index

KINDS = get_args(Kind)
ROWS = 9000


@pytest.fixture(scope="module", params=KINDS)
def indexed(request, tmp_path_factory):
    """Each kind, with and without a high-value part, over the same vectors."""
    rng = np.random.default_rng(5)
    middle = rng.standard_normal((30, 24))
    vectors = middle[np.sort(rng.integers(0, 30, ROWS))] * 1.5 + rng.standard_normal((ROWS, 24))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    folder = tmp_path_factory.mktemp(request.param)
    write_index(vectors, folder / "plain", None, request.param)
    write_index(vectors, folder / "split", rng.random(ROWS) < 0.2, request.param)
    return vectors, [VectorIndex.open(folder / "plain"), VectorIndex.open(folder / "split")]


def masks(rng):
    """Random shares, contiguous runs (whole clusters), far single rows, nothing, everything."""
    for share in (0.0005, 0.01, 0.2, 0.7, 0.999):
        yield rng.random(ROWS) < share
    for width in (1, 300, 4000):
        start = int(rng.integers(0, ROWS - width))
        yield np.isin(np.arange(ROWS), np.arange(start, start + width))
    yield np.zeros(ROWS, dtype=bool)
    yield np.ones(ROWS, dtype=bool)


@pytest.mark.parametrize("scanned", ["as little as possible", "as usual"])
@pytest.mark.parametrize("k", [1, 20, 500])
def test_a_filter_returns_k_matching_rows_wherever_k_exist(indexed, scanned, k, monkeypatch, brute_force):
    usual = scanned == "as usual"
    if not usual:
        monkeypatch.setattr(part_module, "FETCH_COST", ROWS)
        monkeypatch.setattr(part_module, "SCANNED_COMPONENTS", 0)
    vectors, indexes = indexed
    rng = np.random.default_rng(k)
    for mask in masks(rng):
        queries = vectors[rng.integers(0, ROWS, 3)].astype(np.float32)
        expected = brute_force(queries, vectors, k, mask)[0]
        for index in indexes:
            found = index.search(queries, k, within=RowFilter(mask))
            present = found.rows >= 0
            assert (present.sum(axis=1) == min(k, mask.sum())).all()
            assert mask[found.rows[present]].all()
            assert all(len(set(rows[rows >= 0])) == min(k, mask.sum()) for rows in found.rows)
            unlisted = index.spec.parts[-1].kind != "ivf-int8"
            reached = found.similarities >= expected[:, max(0, min(k, mask.sum()) - 1), None] - 2e-5
            exact = unlisted or (usual and not mask.all())
            assert reached[present].mean() >= (1 if exact else 0.95) if present.any() else not mask.any()


def test_matches_in_lists_that_no_query_visits_are_found(indexed, monkeypatch):
    monkeypatch.setattr(part_module, "FETCH_COST", ROWS)
    monkeypatch.setattr(part_module, "SCANNED_COMPONENTS", 0)
    vectors, indexes = indexed
    query = vectors[:1].astype(np.float32)
    furthest = np.argsort(vectors.astype(np.float32) @ query[0])[:40]
    for index in indexes:
        found = index.search(query, 40, within=RowFilter.from_rows(furthest, ROWS))
        assert set(found.rows[0]) == set(furthest)


def test_many_random_filters_and_exclusions_agree_with_brute_force(indexed, brute_force):
    vectors, indexes = indexed
    rng = np.random.default_rng(8)
    for _ in range(30):
        k = int(rng.integers(1, 60))
        mask = rng.random(ROWS) < 10 ** rng.uniform(-4, 0)
        own = rng.integers(0, ROWS, 2)
        queries = vectors[own].astype(np.float32)
        exclude = [[int(own[0])], rng.integers(0, ROWS, 30).tolist()]
        expected, rows = brute_force(queries, vectors, k, mask, exclude)
        for index in indexes:
            found = index.search(queries, k, RowFilter(mask), exclude)
            np.testing.assert_array_equal((found.rows >= 0).sum(axis=1), (rows >= 0).sum(axis=1))
            assert not set(found.rows[0]) & set(exclude[0])
            assert not set(found.rows[1]) & set(exclude[1])
            reached = np.isclose(found.similarities, expected, atol=2e-5)
            assert reached.mean() > 0.95


def test_excluding_its_nearest_rows_brings_up_the_next_ones(indexed):
    vectors, indexes = indexed
    query = vectors[10:11].astype(np.float32)
    for index in indexes:
        nearest = index.search(query, 30).rows[0]
        without = index.search(query, 10, exclude=[nearest[:20].tolist()])
        np.testing.assert_array_equal(without.rows[0], nearest[20:])
        both = index.search_both(query, 10, exclude=[nearest[:20].tolist()])
        np.testing.assert_array_equal(both.everyone.rows[0], nearest[20:])
        assert not set(both.high_value.rows[0]) & set(nearest[:20])


def test_a_filter_of_another_table_is_refused(indexed):
    vectors, indexes = indexed
    with pytest.raises(ValueError, match=f"over 5 rows, the index over {ROWS}"):
        indexes[0].search(vectors[:1].astype(np.float32), 1, within=RowFilter.all_of(5))


def test_filters_combine_like_sets():
    left, right = RowFilter.from_rows([1, 2], 5), RowFilter.from_rows([2, 3], 5)
    assert (left & right).rows.tolist() == [2]
    assert (left | right).rows.tolist() == [1, 2, 3]
    assert (~left).rows.tolist() == [0, 3, 4]
    assert (left.count, left.size, RowFilter.all_of(5).count) == (2, 5, 5)
    with pytest.raises(IndexError, match=r"outside 0\.\.4"):
        RowFilter.from_rows([5], 5)
    with pytest.raises(ValueError, match="bool"):
        RowFilter(np.arange(3))  # type: ignore[arg-type]
