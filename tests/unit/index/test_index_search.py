from concurrent.futures import ThreadPoolExecutor
from typing import get_args

import faiss
import numpy as np
import pytest
from leadgen.index import Kind

KINDS = get_args(Kind)


@pytest.mark.parametrize("kind", ["flat-fp16", "flat-int8"])
@pytest.mark.parametrize("dimension", [3, 32, 50, 96, 300])
@pytest.mark.parametrize("queries", [1, 40])
def test_flat_kinds_answer_what_brute_force_answers(kind, dimension, queries, clustered, built, brute_force):
    vectors = clustered(3000, dimension)
    index = built(vectors, kind)
    asked = clustered(queries, dimension, seed=1).astype(np.float32)
    found = index.search(asked, 20)
    similarities, rows = brute_force(asked, vectors, 20)
    np.testing.assert_allclose(found.similarities, similarities, atol=2e-6)
    assert (found.rows == rows).mean() > 0.99  # rounding may swap equals


@pytest.mark.parametrize("k", [1, 20, 100])
def test_lists_reach_the_promised_recall_with_exact_similarities(k, clustered, built, brute_force):
    vectors = clustered(12_000, 64)
    index = built(vectors, "ivf-int8")
    asked = clustered(200, 64, seed=1).astype(np.float32)
    found = index.search(asked, k)
    rows = brute_force(asked, vectors, k)[1]
    recall = np.mean([len(set(a) & set(b)) / k for a, b in zip(found.rows, rows, strict=True)])
    assert recall >= 0.99
    exact = np.einsum("nd,nkd->nk", asked, vectors[found.rows].astype(np.float32))
    np.testing.assert_allclose(found.similarities, exact, atol=2e-6)
    assert index.spec.parts[0].probes < index.spec.parts[0].lists


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [1, 2, 7])
def test_a_few_rows_are_all_found_and_the_rest_is_marked_absent(kind, rows, clustered, built):
    vectors = clustered(rows, 20)
    found = built(vectors, kind).search(vectors[:1].astype(np.float32), 10)
    assert found.rows[0, 0] == 0
    assert sorted(found.rows[0, :rows]) == list(range(rows))
    assert (found.rows[0, rows:] == -1).all()
    assert np.isneginf(found.similarities[0, rows:]).all()
    assert found.similarities.dtype == np.float32
    assert found.rows.dtype == np.int64


@pytest.mark.parametrize("kind", KINDS)
def test_more_neighbours_than_the_visited_lists_hold_are_still_found(kind, clustered, built):
    vectors = clustered(5000, 16)
    found = built(vectors, kind).search(clustered(2, 16, seed=1).astype(np.float32), 6000)
    assert [len(set(rows[:5000])) for rows in found.rows] == [5000, 5000]
    assert (found.rows[:, 5000:] == -1).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.01, 0.3, 0.5])
def test_one_pass_answers_for_all_rows_and_for_the_high_value_ones(kind, share, clustered, built, brute_force):
    vectors = clustered(6000, 32)
    labels = np.random.default_rng(3).random(6000) < share
    index = built(vectors, kind, labels)
    asked = clustered(10, 32, seed=1).astype(np.float32)
    both = index.search_both(asked, 30, 10)
    everyone, high = brute_force(asked, vectors, 30), brute_force(asked, vectors, 10, labels)
    assert both.everyone.rows.shape == (10, 30)
    assert both.high_value.rows.shape == (10, 10)
    assert labels[both.high_value.rows].all()
    assert np.mean(both.everyone.similarities >= everyone[0] - 1e-5) > 0.99
    assert np.mean(both.high_value.similarities >= high[0] - 1e-5) > 0.99
    alone = index.search_high_value(asked, 10)
    np.testing.assert_array_equal(alone.rows, both.high_value.rows)
    np.testing.assert_array_equal(index.search(asked, 30).rows, both.everyone.rows)


@pytest.mark.parametrize(("labelled", "high_found"), [(None, 0), (0, 0), (50, 50)])
def test_without_or_with_only_high_value_rows_both_answers_still_come(labelled, high_found, clustered, built):
    vectors = clustered(50, 8)
    labels = None if labelled is None else np.arange(50) < labelled
    both = built(vectors, "auto", labels).search_both(vectors[:3].astype(np.float32), 60)
    assert (both.everyone.rows >= 0).sum(axis=1).tolist() == [50] * 3
    assert (both.high_value.rows >= 0).sum(axis=1).tolist() == [high_found] * 3


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_come_back_by_row_whatever_part_they_are_in(kind, clustered, built):
    vectors = clustered(500, 33)
    index = built(vectors, kind, np.arange(500) % 7 == 0)
    wanted = np.array([499, 0, 7, 8, 0])
    np.testing.assert_array_equal(index.vectors(wanted), vectors[wanted].astype(np.float32))
    assert index.vectors([]).shape == (0, 33)
    with pytest.raises(IndexError, match=r"outside 0\.\.499"):
        index.vectors([500])


@pytest.mark.parametrize("kind", KINDS)
def test_threads_that_search_at_once_get_what_one_thread_gets(kind, clustered, built):
    vectors = clustered(8000, 32)
    index = built(vectors, kind, np.arange(8000) % 5 == 0)
    asked = clustered(64, 32, seed=1).astype(np.float32)
    alone = [index.search(query[None], 20) for query in asked]

    def search(query):
        return index.search(query[None], 20), faiss.omp_get_max_threads()

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(search, np.concatenate([asked] * 4)))
    for at, (result, threads) in enumerate(together):
        np.testing.assert_array_equal(result.rows, alone[at % 64].rows)
        assert threads == 1


@pytest.mark.parametrize("kind", KINDS)
def test_equal_vectors_come_in_the_order_of_their_rows(kind, clustered, built):
    vectors = np.repeat(clustered(40, 16), 3, axis=0)
    found = built(vectors, kind).search(vectors[60:61].astype(np.float32), 3)
    assert found.rows.tolist() == [[60, 61, 62]]


def test_no_queries_get_no_answers(clustered, built):
    index = built(clustered(10, 8))
    assert index.search(np.empty((0, 8), dtype=np.float32), 5).rows.shape == (0, 5)


def test_queries_that_cannot_be_compared_are_refused(clustered, built):
    index = built(clustered(10, 8))
    with pytest.raises(ValueError, match=r"\[1, 9\].*\[n, 8\]"):
        index.search(np.ones((1, 9), dtype=np.float32), 5)
    with pytest.raises(ValueError, match="NaN"):
        index.search(np.full((1, 8), np.nan, dtype=np.float32), 5)
    with pytest.raises(ValueError, match="k is 0"):
        index.search(np.ones((1, 8), dtype=np.float32), 0)
    with pytest.raises(ValueError, match="2 entries for 1"):
        index.search(np.ones((1, 8), dtype=np.float32), 1, exclude=[[1], [2]])
