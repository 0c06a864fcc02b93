"""Convolutions as long as the text itself, by the fast Fourier transform in single precision.

The discrete Fourier transform turns a convolution into a product; a transform at least twice as long as the signal
keeps its end from running into its beginning (A. Oppenheim, R. Schafer, "Discrete-Time Signal Processing", 8.7.2).
"""

import numpy as np
from numpy.typing import NDArray


def transform_length(positions: int) -> int:
    """The least number of 2, 3 and 5 as only prime factors that is at least twice the positions."""
    least = max(1, 2 * positions)
    return min(_next_power_of_two(least, odd) for odd in _odd_factors(least))


def two_sided_kernel(kernel: NDArray[np.float32], weights: NDArray[np.float32], at: int, *, backward: bool) -> None:
    """Put a piece of a kernel where a circular convolution expects it.

    Args:
        kernel: float32 [channels, transform length], changed in place; zeros where nothing is put.
        weights: float32 [channels, n] of the distances `at` to `at + n`.
        at: the first distance; backward distances count from the next position.
        backward: the weights are of positions that follow, not of those that went before.
    """
    if backward:
        end = kernel.shape[-1] - at
        kernel[:, end - weights.shape[-1] : end] = weights[:, ::-1]
    else:
        kernel[:, at : at + weights.shape[-1]] = weights


def long_convolution(
    signal: NDArray[np.float32], kernel: NDArray[np.float32], bias: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Convolve each channel of each text with the channel's two-sided kernel, and add `bias` times the signal.

    Args:
        signal: float32 [channels, texts, positions].
        kernel: float32 [channels, transform length], the weights of distances 0, 1, … from the front and of -1, -2, …
            from the back.
        bias: float32 [channels].

    Returns:
        float32 [channels, texts, positions].
    """
    length, positions = kernel.shape[-1], signal.shape[-1]
    # numpy transforms forward in double precision unless it is to scale the result, a float32 factor; five times as
    # long. Both spectra are therefore too small by the length, which the kernel's makes up for.
    spectrum = np.fft.rfft(signal, length, norm="forward")
    spectrum *= (np.fft.rfft(kernel, norm="forward") * np.float32(length) ** 2)[:, None]
    convolved = np.fft.irfft(spectrum, length)[..., :positions] + bias[:, None, None] * signal
    return convolved.astype(np.float32, copy=False)


def short_convolution(
    signal: NDArray[np.float32], weights: NDArray[np.float32], bias: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Each position from itself and the positions before it; zeros lie before the first.

    Args:
        signal: float32 [channels, texts, positions].
        weights: float32 [channels, taps], that of the position itself last.
        bias: float32 [channels].

    Returns:
        float32 [channels, texts, positions].
    """
    *earlier, own = np.moveaxis(weights, 1, 0)[..., None, None]
    result: NDArray[np.float32] = signal * own
    for distance, weight in enumerate(reversed(earlier), start=1):
        result[..., distance:] += signal[..., :-distance] * weight
    result += bias[:, None, None]
    return result


def _odd_factors(limit: int) -> list[int]:
    return [3**i * 5**j for i in range(40) for j in range(28) if 3**i * 5**j < 2 * limit]


def _next_power_of_two(least: int, factor: int) -> int:
    needed = -(-least // factor)
    return factor << (needed - 1).bit_length()
