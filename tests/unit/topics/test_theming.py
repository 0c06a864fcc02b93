"""Themes across firms, the tree above them, and ids that stay with a theme."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from build_artifacts.topics.theming import find_themes, match_themes
from build_artifacts.topics.theming.centring import without_firm

DIMENSION = 48


def topics(n_firms=80, n_subjects=20, seed=0, accent=0.0):
    """Six topics of different subjects for each firm; `accent` is how much a firm shows in all it says."""
    rng = np.random.default_rng(seed)
    directions = np.random.default_rng(99).normal(size=(n_subjects, DIMENSION))
    subjects = np.concatenate([rng.choice(n_subjects, 6, replace=False) for _ in range(n_firms)])
    firms = np.repeat(np.arange(n_firms), 6)
    accents = accent * rng.normal(size=(n_firms, DIMENSION))
    noise = 0.4 * rng.normal(size=(len(firms), DIMENSION))
    embeddings = (directions[subjects] + accents[firms] + noise).astype(np.float32)
    texts = [f"subject{subject} and detail{row}" for row, subject in enumerate(subjects)]
    return embeddings, [f"firm{firm:03}" for firm in firms], rng.integers(5, 50, len(firms)), texts, subjects


@pytest.fixture(scope="module")
def planted():
    *columns, subjects = topics()
    return find_themes(*columns), columns, subjects


def test_planted_subjects_are_found_across_firms(planted):
    tree, (_, companies, sentences, _), subjects = planted
    assert adjusted_rand_score(subjects, tree.labels) > 0.95
    for place, theme in enumerate(tree.themes):
        if theme.level == 0:
            members = np.flatnonzero(tree.labels == place)
            assert theme.n_topics == len(members)
            assert theme.n_firms == len({companies[row] for row in members})
            assert theme.n_sentences == sentences[members].sum()
            assert theme.keywords[0][0] == f"subject{np.bincount(subjects[members]).argmax()}"


def test_central_topics_are_those_nearest_to_the_centroid(planted):
    tree, (embeddings, *_), _ = planted
    theme = tree.themes[0]
    vectors = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    cosines = vectors @ theme.centroid
    np.testing.assert_allclose(tree.similarities[tree.labels == 0], cosines[tree.labels == 0], atol=1e-5)
    members = np.flatnonzero(tree.labels == 0)
    assert list(theme.central_topics) == members[np.argsort(-tree.similarities[members], kind="stable")][:8].tolist()


def test_broader_themes_hold_whole_themes(planted):
    tree, (embeddings, *_), _ = planted
    levels = [theme.level for theme in tree.themes]
    assert levels == sorted(levels)
    assert set(levels) == {0, 1}
    for place, theme in enumerate(tree.themes):
        below = [child for child in tree.themes if child.parent == place]
        if theme.level == 1:
            assert theme.parent is None
            assert theme.n_topics == sum(child.n_topics for child in below) > 0
        else:
            assert tree.themes[theme.parent].level == 1
    assert sum(theme.n_topics for theme in tree.themes if theme.level == 1) == len(embeddings)


def test_what_a_firm_says_in_all_its_topics_does_not_make_a_theme():
    embeddings, companies, sentences, texts, subjects = topics(n_firms=60, n_subjects=12, accent=1.5)
    firms = np.unique(companies, return_inverse=True)[1]
    found = find_themes(embeddings, companies, sentences, texts).labels
    assert adjusted_rand_score(subjects, found) > 0.8 > 0.1 > adjusted_rand_score(firms, found)


def test_the_only_topic_of_a_firm_keeps_its_direction():
    embeddings, *_ = topics(2)
    only = without_firm(embeddings, [str(row) for row in range(len(embeddings))], np.ones(len(embeddings)))
    np.testing.assert_allclose(only, embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True), atol=1e-6)


def test_no_topics_have_no_themes():
    tree = find_themes(np.zeros((0, 8), dtype=np.float32), [], np.zeros(0, dtype=np.int64), [])
    assert (tree.themes, len(tree.labels), len(tree.similarities)) == ((), 0, 0)


@pytest.mark.parametrize("n", [1, 3, 11])
def test_few_topics_are_one_theme(n):
    embeddings, companies, sentences, texts, _ = topics(2)
    tree = find_themes(embeddings[:n], companies[:n], sentences[:n], texts[:n])
    assert [(theme.level, theme.parent, theme.n_topics) for theme in tree.themes] == [(0, None, n)]
    assert not tree.labels.any()


def test_topics_in_islands_are_not_hundreds_of_themes():
    rng = np.random.default_rng(0)
    islands = rng.normal(size=(100, DIMENSION))
    embeddings = np.repeat(islands, 12, axis=0) + 0.01 * rng.normal(size=(1_200, DIMENSION))
    companies = [str(row) for row in range(1_200)]
    tree = find_themes(embeddings.astype(np.float32), companies, np.ones(1_200), ["a topic"] * 1_200)
    assert 30 <= sum(theme.level == 0 for theme in tree.themes) <= 35
    assert all(len(set(tree.labels[start : start + 12])) == 1 for start in range(0, 1_200, 12))


@given(n=st.integers(0, 60), seed=st.integers(0, 1_000))
@settings(max_examples=20, deadline=None)
def test_any_number_of_topics_gives_a_whole_tree(n, seed):
    embeddings, companies, sentences, texts, _ = topics(10, seed=seed)
    tree = find_themes(embeddings[:n], companies[:n], sentences[:n], texts[:n])
    lowest = [theme for theme in tree.themes if theme.level == 0]
    assert [theme.n_topics for theme in lowest] == np.bincount(tree.labels, minlength=len(lowest)).tolist()
    again = find_themes(embeddings[:n], companies[:n], sentences[:n], texts[:n])
    np.testing.assert_array_equal(tree.labels, again.labels)


def centers(tree):
    return np.stack([theme.centroid for theme in tree.themes]), [theme.level for theme in tree.themes]


def test_themes_of_other_firms_on_the_same_subjects_continue_the_earlier(planted):
    tree, _, subjects = planted
    *columns, later_subjects = topics(n_firms=70, seed=1)
    later = find_themes(*columns)
    matches = match_themes(centers(tree)[0], centers(later)[0], centers(tree)[1], centers(later)[1])
    lowest = {row: match for row, match in matches.items() if later.themes[row].level == 0}
    assert len(lowest) == 20
    for row, (earlier, likeness) in lowest.items():
        assert set(later_subjects[later.labels == row]) & set(subjects[tree.labels == earlier])
        assert 0.8 <= likeness <= 1.0001
    assert len({earlier for earlier, _ in matches.values()}) == len(matches)


def test_every_theme_continues_itself_even_where_all_are_alike_to_the_model(planted):
    vectors, levels = centers(planted[0])
    offset = 5 * np.ones(DIMENSION, dtype=np.float32)
    matches = match_themes(vectors + offset, vectors + offset, levels, levels)
    lowest = {row: earlier for row, (earlier, _) in matches.items() if levels[row] == 0}
    assert lowest == {row: row for row in range(levels.count(0))}


def test_a_new_subject_continues_nothing():
    directions = np.eye(10, dtype=np.float32)
    assert sorted(match_themes(directions[:8], directions[2:10])) == list(range(6))
    assert match_themes(directions[:0], directions) == match_themes(directions, directions[:0]) == {}


def test_levels_are_matched_apart():
    directions = np.eye(6, dtype=np.float32)
    assert match_themes(directions, directions, [0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 1]).keys() == {0, 1, 2, 3, 5}
