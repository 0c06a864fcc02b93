import numpy as np
import pytest

from build_artifacts.topics.export.layout import lay_out


def clouds(n_themes: int, each: int, dimension: int = 16):
    """Vectors around `n_themes` directions, and their themes, in a mixed order."""
    rng = np.random.default_rng(5)
    themes = rng.permutation(np.repeat(np.arange(n_themes), each))
    directions = rng.normal(size=(n_themes, dimension))
    vectors = directions[themes] + 0.4 * rng.normal(size=(len(themes), dimension))
    return vectors.astype(np.float32), themes


def share_among_own(positions, themes):
    """How many topics have a neighbour of their own theme as the nearest on the map."""
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return float((themes[distances.argmin(axis=1)] == themes).mean())


@pytest.mark.parametrize("count", [0, 1, 2, 3, 11, 12])
def test_a_few_topics_have_places_in_the_unit_square(count):
    vectors, themes = clouds(4, 3)

    positions = lay_out(vectors[:count], themes[:count])

    assert positions.shape == (count, 2)
    assert positions.dtype == np.float32
    assert ((positions >= 0) & (positions <= 1)).all()
    assert len(np.unique(positions, axis=0)) == count


def test_topics_that_are_all_alike_do_not_break_the_map():
    positions = lay_out(np.ones((5, 8), np.float32), np.zeros(5, np.int32))

    assert np.isfinite(positions).all()


def test_vectors_of_one_number_have_places():
    assert lay_out(np.array([[1.0], [2.0], [-1.0]], np.float32), np.zeros(3, np.int32)).shape == (3, 2)


def test_topics_of_a_theme_lie_together_and_the_map_is_the_same_again():
    vectors, themes = clouds(6, 20)

    positions = lay_out(vectors, themes)

    assert share_among_own(positions, themes) > 0.95
    assert positions.tobytes() == lay_out(vectors, themes).tobytes()


@pytest.mark.soak
def test_more_than_a_thousand_topics_of_a_theme_lie_together_and_the_map_is_the_same_again():
    vectors, themes = clouds(11, 92)

    positions = lay_out(vectors, themes)

    assert positions.shape == (1012, 2)
    assert share_among_own(positions, themes) > 0.95
    assert positions.tobytes() == lay_out(vectors, themes).tobytes()
