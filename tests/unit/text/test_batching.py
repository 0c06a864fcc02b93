import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from leadgen.text.batching import length_sorted_batches, padded


@given(st.lists(st.integers(2, 512), max_size=200), st.integers(1, 4096))
def test_every_text_is_in_one_batch_and_no_batch_exceeds_the_budget(lengths, budget):
    batches = list(length_sorted_batches(lengths, budget))
    assert sorted(int(i) for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[i] for i in batch)
        assert len(batch) == 1 or longest * len(batch) <= budget


def test_texts_of_like_length_share_a_batch():
    assert [list(batch) for batch in length_sorted_batches([5, 100, 6, 98], budget=200)] == [[1, 3], [2, 0]]


def test_a_long_text_does_not_pad_many_short_ones():
    batches = length_sorted_batches([8, 40, *[9] * 6, 38], budget=512)
    assert [list(batch) for batch in batches] == [[1, 8], [2, 3, 4, 5, 6, 7, 0]]


def test_a_little_padding_is_cheaper_than_a_batch_more():
    assert [len(batch) for batch in length_sorted_batches([10, 9, 9, 8, 8, 8], budget=512)] == [6]


def test_padding_is_masked():
    tokens, mask = padded([np.array([7, 8, 9], np.int32), np.array([7], np.int32)])
    assert tokens.tolist() == [[7, 8, 9], [7, 0, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


@given(st.lists(st.integers(2, 64), max_size=200), st.integers(1, 512))
def test_exact_batches_hold_every_text_once_texts_of_one_length_and_no_more_than_the_budget(lengths, budget):
    batches = list(length_sorted_batches(lengths, budget, exact=True))
    assert sorted(int(i) for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        (length,) = {lengths[i] for i in batch}
        assert len(batch) == 1 or length * len(batch) <= budget
