"""Neighbours of customers: never the customer, nor one of its mailbox or company."""

import numpy as np
import pytest
from leadgen.duplicates import EntityCodes, entity_codes
from leadgen.index import VectorIndex
from leadgen.scoring import Neighborhood, high_value_share, log_odds, mean_similarity

from build_artifacts.indices.leave_one_out import (
    DEPTH,
    HIGH_VALUE_DEPTH,
    exact_neighbors,
    indexed_neighbors,
    same_entity,
)
from build_artifacts.indices.vector_index import write_index


@pytest.fixture(scope="module")
def vectors():
    v = np.random.default_rng(0).standard_normal((700, 16)).astype(np.float32)
    return v / np.linalg.norm(v, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def labels():
    return np.random.default_rng(1).random(700) < 0.1


@pytest.fixture(scope="module")
def queries():
    return np.arange(0, 700, 1)


@pytest.fixture(scope="module")
def own(queries):
    return [np.array([q, (q + 1) % 700]) for q in queries]


def test_neighbours_are_the_nearest_of_all_others(vectors, labels, queries, own):
    found = exact_neighbors(vectors, labels, queries, own)
    assert found.similarities.shape == found.labels.shape == (700, DEPTH)
    assert found.high_value.shape == (700, HIGH_VALUE_DEPTH)
    for query in (0, 13, 699):
        others = np.setdiff1d(np.arange(700), own[query])
        similarities = vectors[others] @ vectors[query]
        order = np.argsort(-similarities)
        np.testing.assert_allclose(found.similarities[query], similarities[order][:DEPTH], atol=1e-5)
        assert (found.labels[query] == labels[others[order]][:DEPTH]).mean() > 0.99
        high = np.sort(similarities[labels[others]])[::-1][:HIGH_VALUE_DEPTH]
        np.testing.assert_allclose(found.high_value[query], high, atol=1e-5)


def test_the_index_that_serves_finds_the_same(vectors, labels, queries, own, tmp_path):
    write_index(vectors, tmp_path, labels)
    found = indexed_neighbors(VectorIndex.open(tmp_path), labels, queries[:600], own[:600])
    exact = exact_neighbors(vectors, labels, queries[:600], own[:600])
    np.testing.assert_allclose(found.similarities, exact.similarities, atol=2e-3)
    np.testing.assert_allclose(found.high_value, exact.high_value, atol=2e-3)
    assert (found.labels == exact.labels).mean() > 0.97


def test_the_scores_of_neighbours_are_those_of_serving(vectors, labels, queries, own):
    hood = Neighborhood(contrast=50, temperature=0.1, base_rate=0.1)
    found = exact_neighbors(vectors, labels, queries, own)
    share, _ = high_value_share(found.similarities, found.labels, hood)
    np.testing.assert_array_equal(found.contrast(hood), log_odds(share, 0.1))
    np.testing.assert_array_equal(found.look(hood), mean_similarity(found.high_value, 20))
    np.testing.assert_array_equal(found.novel(hood), 1 - mean_similarity(found.similarities, 5))


def test_excluded_rows_fill_up_the_end_of_a_small_table(vectors):
    found = exact_neighbors(vectors[:4], np.array([True, True, False, False]), np.array([1]), [np.array([0, 1])])
    assert np.isneginf(found.similarities[0]).tolist() == [False, False, True, True]
    assert np.isneginf(found.high_value[0]).all()


def test_rows_of_one_mailbox_or_company_are_one_entity():
    emails = [
        "jo@acme.com",
        "JO@acme.com",
        "ann@acme.com",
        "x@gmail.com",
        "x+crm@googlemail.com",
        "y@gmail.com",
        None,
        None,
    ]
    sites = [None, None, None, None, None, None, "https://acme.com", None]
    codes = entity_codes(emails, sites, key="a secret of sufficient length")
    found = [rows.tolist() for rows in same_entity(codes, np.arange(8))]
    assert found == [[0, 1, 2, 6]] * 3 + [[3, 4]] * 2 + [[5], [0, 1, 2, 6], [7]]


def test_rows_without_codes_are_only_themselves():
    none = np.full(3, -1, dtype=np.int64)
    assert [rows.tolist() for rows in same_entity(EntityCodes(none, none), np.array([2, 0]))] == [[2], [0]]
