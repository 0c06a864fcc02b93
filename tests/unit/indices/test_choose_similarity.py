"""Similarity learned from labels is kept only where rows it has not seen agree."""

import numpy as np
import pytest

from build_artifacts.indices.choose_similarity import HELD_OUT, MIN_LABELLED, learn_similarity, nearest_others


def blocks_of(classes, signal, seed=0):
    rng = np.random.default_rng(seed)
    blocks = rng.standard_normal((len(classes), 16)).astype(np.float32)
    centres = rng.standard_normal((classes.max() + 1, 3))
    blocks[:, :3] = 0.3 * blocks[:, :3] + signal * centres[classes]
    return blocks / np.linalg.norm(blocks, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def classes():
    return np.random.default_rng(1).integers(0, 5, 600)


def test_it_wins_where_classes_can_be_parted(classes):
    learned = learn_similarity(blocks_of(classes, 1.0), classes, 0)
    assert learned is not None
    assert learned.better
    report = learned.report
    assert report["learned"]["precision@10"] > report["general"]["precision@10"] + 0.1
    assert report["judged_rows"] == int(600 * HELD_OUT)
    assert report["classes"] == 5
    assert learned.projection.shape[0] == 16


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_does_not_win_on_labels_that_are_noise(classes, seed):
    noise = np.random.default_rng(seed).permutation(classes)
    learned = learn_similarity(blocks_of(classes, 1.0), noise, seed)
    assert learned is not None
    assert not learned.better
    assert learned.report["learned"]["precision@10"] == pytest.approx(0.2, abs=0.06)


def test_it_is_judged_on_rows_it_was_not_fitted_to(classes):
    rng = np.random.default_rng(2)
    wide = rng.standard_normal((300, 250)).astype(np.float32)
    learned = learn_similarity(wide, classes[:300], 0)
    assert learned is not None
    assert learned.report["learned"]["precision@10"] < 0.3


def test_too_few_labels_teach_nothing(classes):
    blocks = blocks_of(classes, 1.0)
    few = np.where(np.arange(600) < MIN_LABELLED - 1, classes, -1)
    assert learn_similarity(blocks, few, 0) is None
    assert learn_similarity(blocks, np.zeros(600, dtype=np.int64), 0) is None
    assert learn_similarity(blocks, np.full(600, -1), 0) is None


def test_rows_without_label_are_left_out(classes):
    some = np.where(np.arange(600) < 400, classes, -1)
    learned = learn_similarity(blocks_of(classes, 1.0), some, 0)
    assert learned is not None
    assert learned.report["judged_rows"] == 100


def test_nearest_others_are_exact_and_never_the_row_itself():
    vectors = np.random.default_rng(0).standard_normal((1100, 4)).astype(np.float32)
    found = nearest_others(vectors, 3)
    for row in (0, 999, 1000, 1099):
        similarities = vectors @ vectors[row]
        similarities[row] = -np.inf
        assert found[row].tolist() == np.argsort(-similarities)[:3].tolist()
