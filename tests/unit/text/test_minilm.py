import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from leadgen.text import TextModel, load_text_model

GOLDEN = Path(__file__).parents[2] / "fixtures" / "text"
TEXTS = json.loads((GOLDEN / "minilm_texts.json").read_text(encoding="utf-8"))


def test_embeddings_equal_those_of_sentence_transformers(minilm):
    golden = np.load(GOLDEN / "minilm_embeddings.npy", allow_pickle=False)
    cosines = (minilm.encode(TEXTS) * golden).sum(axis=1)
    assert len(TEXTS) == 40
    assert cosines.min() >= 0.9999, TEXTS[int(cosines.argmin())][:80]


def test_the_model_is_what_its_specification_says(minilm):
    assert isinstance(minilm, TextModel)
    assert (minilm.spec.dimension, minilm.spec.pooling, minilm.spec.query_prefix) == (384, "mean", "")
    embeddings = minilm.encode(TEXTS)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1.0, atol=1e-5)


def test_texts_are_cut_at_256_tokens_and_counted(minilm):
    exact, longer = "word " * 254, "word " * 255
    encoded = minilm.encode_counted([exact, longer, "word"])
    assert (encoded.tokens.sum(), encoded.truncated.sum()) == (256 + 256 + 3, 1)
    np.testing.assert_allclose(encoded.embeddings[0], encoded.embeddings[1], atol=1e-5)
    at_128 = minilm.encode(["word " * 126])[0]
    assert at_128 @ encoded.embeddings[0] < 0.9999


def test_a_text_has_the_same_embedding_alone_and_in_any_batch(minilm):
    order = np.random.default_rng(3).permutation(len(TEXTS))
    shuffled = minilm.encode([TEXTS[i] for i in order], "passage")
    alone = np.concatenate([minilm.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(shuffled, alone[order], atol=2e-6)


def test_with_exact_lengths_an_embedding_is_the_same_to_the_last_bit_in_any_batch(minilm_folder):
    exact = load_text_model(minilm_folder, threads=2, exact_lengths=True)
    order = np.random.default_rng(3).permutation(len(TEXTS))
    alone = np.concatenate([exact.encode([text]) for text in TEXTS])
    together = exact.encode([*(TEXTS[i] for i in order), *TEXTS[:7]])
    assert together[: len(TEXTS)].tobytes() == alone[order].tobytes()
    assert together[len(TEXTS) :].tobytes() == alone[:7].tobytes()


def test_texts_of_like_meaning_are_closer_than_others(minilm):
    brewery, beer, turbines = minilm.encode(
        ["A family-owned brewery in Bavaria", "It makes beer in southern Germany", "Manufacturer of wind turbines"]
    )
    assert brewery @ beer > brewery @ turbines + 0.2


def test_no_texts_give_no_rows(minilm):
    encoded = minilm.encode_counted([])
    assert (encoded.embeddings.shape, encoded.tokens.sum(), encoded.truncated.sum()) == ((0, 384), 0, 0)


def test_one_string_is_refused_where_a_list_is_meant(minilm):
    with pytest.raises(TypeError, match="sequence of strings"):
        minilm.encode("a brewery")


@pytest.mark.parametrize(
    ("strange", "plain"),
    [
        ("a \ud800brewery", "a brewery"),
        ("\udfff", ""),
        ("brew\x00ery\x07", "brewery"),
        ("\ud83c\udf7a beer", "🍺 beer"),
        ("brewery\r\n\tin Bavaria\x1f", "brewery in Bavaria"),
    ],
)
def test_broken_characters_are_read_as_if_they_were_absent(minilm, strange, plain):
    one, other = minilm.encode([strange, plain])
    assert one @ other > 0.999


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("x" * 1_000_000, 0),
        ("word " * 200_000, 200_000 - 254),
        ("😀" * 300_000, 0),
        (" " * 1_000_000, 0),
        ("a\u0301" * 500_000, 0),
        ("日" * 100_000, 100_000 - 254),
        ("\ud800 " * 100_000, 0),
        ("\x00" * 1_000_000, 0),
    ],
    ids=["one word", "words", "emoji", "spaces", "accents", "ideographs", "surrogates", "NUL"],
)
def test_of_a_megabyte_it_is_said_exactly_how_much_was_read(minilm, text, cut):
    encoded = minilm.encode_counted([text])
    assert encoded.cut.tolist() == [cut]
    assert encoded.tokens[0] <= 256
    assert np.isfinite(encoded.embeddings).all()


def test_several_threads_may_encode_at_once(minilm):
    texts = TEXTS[:12]
    expected = minilm.encode(texts)
    with ThreadPoolExecutor(4) as pool:
        for embeddings in pool.map(lambda _: minilm.encode(texts), range(4)):
            np.testing.assert_allclose(embeddings, expected, atol=2e-6)
