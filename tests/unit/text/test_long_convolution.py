import numpy as np
import pytest
from leadgen.text.long_convolution import long_convolution, short_convolution, transform_length, two_sided_kernel


def random(*shape):
    return np.random.default_rng(4).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("positions", [1, 2, 7, 16, 37, 1000])
def test_a_long_convolution_is_the_sum_over_all_positions_before_and_after(positions):
    signal, forward, backward, bias = (random(3, *shape) for shape in ((2, positions), (positions,), (positions,), ()))
    kernel = np.zeros((3, transform_length(positions)), dtype=np.float32)
    for start in range(0, positions, 5):  # in pieces, as they are generated
        two_sided_kernel(kernel, forward[:, start : start + 5], start, backward=False)
        two_sided_kernel(kernel, backward[:, start : start + 5], start, backward=True)
    distance = np.subtract.outer(np.arange(positions), np.arange(positions))
    weights = np.where(distance >= 0, forward[:, np.abs(distance)], backward[:, np.maximum(-distance - 1, 0)])
    weights = weights.astype(np.float64) + bias[:, None, None] * np.eye(positions)
    expected = np.einsum("cij,ctj->cti", weights, signal)
    convolved = long_convolution(signal, kernel, bias)
    assert convolved.dtype == np.float32
    np.testing.assert_allclose(convolved, expected, atol=2e-6 * np.abs(expected).max())


def test_a_short_convolution_reads_a_position_and_those_before_it():
    signal = np.array([[[1, 2, 3, 4], [10, 0, 0, 0]]], dtype=np.float32)
    weights, bias = np.array([[100, 10, 1]], dtype=np.float32), np.array([0.5], dtype=np.float32)
    convolved = short_convolution(signal, weights, bias)
    assert convolved.tolist() == [[[1.5, 12.5, 123.5, 234.5], [10.5, 100.5, 1000.5, 0.5]]]


def test_a_text_shorter_than_the_short_convolution_is_no_special_case():
    weights, bias = np.array([[100, 10, 1]], dtype=np.float32), np.zeros(1, dtype=np.float32)
    assert short_convolution(np.array([[[7]]], dtype=np.float32), weights, bias).tolist() == [[[7]]]


def test_transforms_are_as_long_as_they_must_be_and_have_small_factors_only():
    lengths = [transform_length(positions) for positions in range(1, 300)]
    for positions, length in enumerate(lengths, start=1):
        between = [n for n in range(2 * positions, length) if _largest_factor(n) <= 5]
        assert _largest_factor(length) <= 5
        assert not between
    assert transform_length(32_768) == 65_536


def _largest_factor(number):
    largest, divisor = 1, 2
    while number > 1:
        while number % divisor == 0:
            largest, number = divisor, number // divisor
        divisor += 1
    return largest
