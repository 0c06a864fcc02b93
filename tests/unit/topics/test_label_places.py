from itertools import pairwise

import numpy as np

from build_artifacts.topics.export.history_picture import spread
from build_artifacts.topics.export.label_places import place_labels


def test_labels_in_a_crowd_cover_none_of_each_other():
    rng = np.random.default_rng(1)
    anchors, sizes = rng.uniform(0, 300, (20, 2)), rng.uniform((60, 15), (140, 40), (20, 2))

    centres = place_labels(anchors, sizes)

    assert not np.isnan(centres).any()
    for i in range(20):
        for j in range(i):
            assert (np.abs(centres[i] - centres[j]) >= (sizes[i] + sizes[j]) / 2 - 1e-9).any()


def test_a_label_with_room_stays_where_it_belongs():
    anchors = np.array([[10.0, 10.0], [500.0, 10.0]])

    assert np.array_equal(place_labels(anchors, np.full((2, 2), 40.0)), anchors)


def test_a_label_without_room_nearby_has_no_place():
    centres = place_labels(np.zeros((2, 2)), np.array([[5000.0, 5000.0], [20.0, 10.0]]))

    assert centres[0].tolist() == [0, 0]
    assert np.isnan(centres[1]).all()


def test_no_labels_need_no_places():
    assert place_labels(np.empty((0, 2)), np.empty((0, 2))).shape == (0, 2)


def test_names_of_lines_keep_their_order_and_distance_within_the_chart():
    heights = spread([0.9, 0.5, 0.5, 0.02, 0.01, 0.0], 0.1, 1.0)

    assert all(above - below >= 0.1 - 1e-12 for above, below in pairwise(heights))
    assert heights[0] == 0.9
    assert min(heights) >= 0
    assert max(heights) <= 1
