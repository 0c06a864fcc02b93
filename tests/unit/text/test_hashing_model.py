import subprocess
import sys

import numpy as np
import pytest
from leadgen.text import HashingTextModel, TextModel, TooLongError, hashing_spec


@pytest.fixture
def model():
    return HashingTextModel()


def test_embeddings_are_normalised_float32_rows_of_384(model):
    embeddings = model.encode(["wind turbines", "a"])
    assert isinstance(model, TextModel)
    assert (embeddings.shape, embeddings.dtype) == ((2, 384), np.dtype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1.0, atol=1e-6)


def test_shared_words_and_shared_spelling_bring_texts_together(model):
    turbines, same, inflected, other = model.encode(
        [
            "manufacturer of wind turbines",
            "Wind turbines: MANUFACTURER of",
            "wind turbine manufacturing",
            "fresh fish",
        ]
    )
    assert turbines @ same > 0.999
    assert turbines @ inflected > 0.4
    assert abs(turbines @ other) < 0.2


def test_repeating_a_word_counts_less_each_time(model):
    once, often, word = model.encode(["beer brewery", "beer " * 50 + "brewery", "beer"])
    assert once @ word < often @ word < 0.999


def test_the_same_text_is_the_same_row_in_another_process(model):
    code = "from leadgen.text import HashingTextModel as H; print(H().encode(['Ærøskøbing 東京']).tobytes().hex())"
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert bytes.fromhex(printed.strip()) == model.encode(["Ærøskøbing 東京"]).tobytes()


def test_a_text_without_a_word_is_a_row_of_zeros(model):
    encoded = model.encode_counted(["", "?!\x00", "word"])
    assert np.count_nonzero(np.linalg.norm(encoded.embeddings, axis=1)) == 1
    assert (encoded.tokens.sum(), encoded.truncated.sum()) == (1, 0)


def test_no_texts_give_no_rows(model):
    assert model.encode([]).shape == (0, 384)


@pytest.mark.parametrize(
    ("text", "words", "cut"),
    [
        ("x" * 1_000_000, 1, 0),
        ("word " * 200_000, 4096, 200_000 - 4096),
        ("😀" * 300_000, 0, 0),
        ("ab\ud800cd " * 100_000, 4096, 200_000 - 4096),
    ],
    ids=["one word", "words", "emoji", "surrogates"],
)
def test_a_megabyte_is_cut_and_counted(model, text, words, cut):
    encoded = model.encode_counted([text])
    assert (encoded.tokens.tolist(), encoded.cut.tolist()) == ([words], [cut])
    assert np.isfinite(encoded.embeddings).all()


def test_either_side_may_be_left_out_or_neither(model):
    early, late = "early " * 4096, "late " * 4096
    kept = [model.encode_counted([early + late], truncate=side).embeddings[0] for side in ("end", "start")]
    np.testing.assert_allclose(kept, model.encode([early, late]), atol=1e-6)
    with pytest.raises(TooLongError, match="text 1 has 4097 tokens"):
        model.encode_counted(["a", early + "a"], truncate="error")


def test_another_width_is_another_model():
    assert hashing_spec(384).sha256 != hashing_spec(768).sha256
    assert HashingTextModel(hashing_spec(768)).encode(["a"]).shape == (1, 768)
