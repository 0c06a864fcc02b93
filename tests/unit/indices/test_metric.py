"""Metrics learned from labels: what they keep, what they part, and the gradient they follow."""

import numpy as np
import pytest

from build_artifacts.indices.metric import (
    _neighbor_gradient,
    discriminant_projection,
    fit_logistic,
    refine_neighbors,
    relevance,
    relevance_projection,
)


@pytest.fixture
def labelled():
    """Two of ten features tell the label; one is constant."""
    rng = np.random.default_rng(0)
    blocks = rng.standard_normal((600, 10)).astype(np.float32)
    blocks[:, 9] = 3.0
    labels = blocks[:, 0] - 2 * blocks[:, 1] + rng.normal(0, 0.5, 600) > 0
    return blocks, labels


@pytest.fixture
def classes():
    """Four classes in two directions of little variance among twelve."""
    rng = np.random.default_rng(1)
    numbers = rng.integers(0, 4, 400)
    blocks = rng.standard_normal((400, 12))
    blocks[:, :2] = 0.15 * blocks[:, :2] + 0.5 * np.stack([np.cos(numbers * 1.6), np.sin(numbers * 1.6)], axis=1)
    return blocks.astype(np.float32), numbers


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def precision(vectors, classes):
    similarities = unit(vectors) @ unit(vectors).T
    np.fill_diagonal(similarities, -np.inf)
    return float((classes[np.argsort(-similarities, axis=1)[:, :10]] == classes[:, None]).mean())


def test_logistic_weights_are_those_of_the_raw_features(labelled):
    blocks, labels = labelled
    weights, intercept = fit_logistic(blocks, labels, 1.0)
    assert ((blocks @ weights + intercept > 0) == labels).mean() > 0.9
    assert weights[1] / weights[0] == pytest.approx(-2, abs=0.25)
    assert weights[9] == 0
    scaled, _ = fit_logistic(blocks * 1000, labels, 1.0)
    np.testing.assert_allclose(scaled * 1000, weights, rtol=0.02, atol=0.02)


def test_less_strength_is_more_shrinkage_whatever_the_number_of_rows(labelled):
    blocks, labels = labelled
    weak, strong = (np.linalg.norm(fit_logistic(blocks, labels, c)[0]) for c in (0.01, 1.0))
    assert weak < strong
    twice = np.linalg.norm(fit_logistic(np.tile(blocks, (2, 1)), np.tile(labels, 2), 0.01)[0])
    assert twice == pytest.approx(weak, rel=0.02)


def test_relevance_is_the_weight_relative_to_the_largest():
    np.testing.assert_allclose(relevance(np.array([-4.0, 1.0, 0.0]), 0.5), [1, 0.5, 0])
    assert not relevance(np.zeros(3), 0.5).any()


def test_a_relevance_projection_keeps_the_dot_products_of_the_scaled_features(labelled):
    blocks, _ = labelled
    scale = np.linspace(0, 1, 10).astype(np.float32)
    projection = relevance_projection(blocks, scale)
    assert projection.shape == (10, 9)
    projected, scaled = blocks[:50] @ projection, blocks[:50] * scale
    np.testing.assert_allclose(projected @ projected.T, scaled @ scaled.T, atol=0.05)


def test_directions_of_no_variance_are_dropped():
    rng = np.random.default_rng(0)
    flat = (rng.standard_normal((200, 3)) @ rng.standard_normal((3, 30))).astype(np.float32)
    assert relevance_projection(flat, np.ones(30, np.float32)).shape == (30, 3)


def test_a_discriminant_projection_parts_the_classes(classes):
    blocks, numbers = classes
    projection = discriminant_projection(blocks, numbers, 50, 0.1)
    assert projection.shape == (12, 3)
    held = np.arange(400) % 2 == 0
    fitted = discriminant_projection(blocks[~held], numbers[~held], 50, 0.1)
    assert precision(blocks[held] @ fitted, numbers[held]) > precision(blocks[held], numbers[held]) + 0.2


def test_the_dimension_is_at_most_the_one_asked_for(classes):
    assert discriminant_projection(*classes, 2, 0.1).shape == (12, 2)


def loss(blocks, classes, projection, temperature):
    """Mean -log share of a row's soft neighbours of its own class, term by term."""
    v = unit(blocks @ projection)
    terms = []
    for i in range(len(v)):
        others = [j for j in range(len(v)) if j != i]
        weights = {j: np.exp(v[i] @ v[j] / temperature) for j in others}
        own = [weights[j] for j in others if classes[j] == classes[i]]
        if own:
            terms.append(-np.log(sum(own) / sum(weights.values())))
    return np.mean(terms)


def test_the_gradient_is_that_of_the_soft_neighbour_loss():
    rng = np.random.default_rng(2)
    blocks, projection = rng.standard_normal((14, 5)), rng.standard_normal((5, 3))
    classes = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 0, 1, 2, 4])
    found = _neighbor_gradient(blocks, classes, projection, 0.5)
    expected = np.zeros_like(projection)
    for place in np.ndindex(*projection.shape):
        step = np.zeros_like(projection)
        step[place] = 1e-5
        up, down = (loss(blocks, classes, projection + sign * step, 0.5) for sign in (1, -1))
        expected[place] = (up - down) / 2e-5
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_refinement_lowers_the_loss_and_is_reproducible(classes):
    blocks, numbers = classes
    rng = np.random.default_rng(3)
    start = rng.standard_normal((12, 6)).astype(np.float32)
    found = refine_neighbors(blocks, numbers, start, seed=0, epochs=60)
    assert found.dtype == np.float32
    before, after = (loss(blocks[:150], numbers[:150], p, 0.08) for p in (start, found))
    assert after < before - 0.05
    np.testing.assert_array_equal(found, refine_neighbors(blocks, numbers, start, seed=0, epochs=60))


def test_rows_alone_in_their_class_pull_nothing():
    rng = np.random.default_rng(4)
    blocks = rng.standard_normal((8, 4))
    assert not _neighbor_gradient(blocks, np.arange(8), rng.standard_normal((4, 2)), 0.1).any()
