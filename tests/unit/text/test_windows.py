import numpy as np
import pytest
from leadgen.text.windows import cut_into_windows, join_windows

LONG = " ".join(f"brewery {i}" for i in range(400))


def test_windows_hold_every_token_once_in_order(minilm):
    windows = cut_into_windows(minilm, ["a brewery", LONG, ""], "passage")
    whole = minilm.tokenise([LONG], "passage", None).ids[0]
    of_long = [ids for ids, owner in zip(windows.ids, windows.owner, strict=True) if owner == 1]
    assert np.concatenate([ids[1:-1] for ids in of_long]).tolist() == whole[1:-1].tolist()
    assert windows.owner.tolist() == [0, *[1] * len(of_long), 2]
    assert max(map(len, of_long)) <= 256
    assert len(of_long) == -(-(len(whole) - 2) // 254)
    assert windows.weight.sum() == (len(whole) - 2) + 2 + 1
    assert windows.tokens.tolist() == [4, sum(map(len, of_long)), 2]


def test_the_mean_is_weighted_by_tokens_and_normalised():
    embeddings = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    joined = join_windows(embeddings, np.array([0, 0, 1]), np.array([30, 10, 7]), 2)
    np.testing.assert_allclose(joined[0], np.array([3, 1]) / np.sqrt(10), atol=1e-6)
    assert joined[1].tobytes() == embeddings[2].tobytes()
    assert joined.dtype == np.float32


def test_a_text_that_fits_keeps_its_embedding_and_a_long_one_is_read_to_its_end(minilm):
    windows = cut_into_windows(minilm, ["a brewery", LONG + " wind turbines" * 300])
    joined = join_windows(minilm.encode_tokens(windows.ids), windows.owner, windows.weight, 2)
    turbines = minilm.encode(["wind turbines"])[0]
    np.testing.assert_allclose(joined[0], minilm.encode(["a brewery"])[0], atol=2e-6)
    assert joined[1] @ turbines > minilm.encode([LONG])[0] @ turbines + 0.1
    np.testing.assert_allclose(np.linalg.norm(joined, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("texts", [[], [""]])
def test_nothing_gives_nothing(minilm, texts):
    windows = cut_into_windows(minilm, texts)
    joined = join_windows(minilm.encode_tokens(windows.ids), windows.owner, windows.weight, len(texts))
    assert joined.shape == (len(texts), 384)
