"""TF-IDF folded by LSA: the same weights as scikit-learn's, split exactly over words."""

import numpy as np
import pytest
from leadgen.features import LexicalTransform
from leadgen.features.lexical import words
from sklearn.feature_extraction.text import TfidfVectorizer

from build_artifacts.indices.fit_lexical import fit_lexical

TEXTS = [
    f"{a} {b} turbines for {c}"
    for a in ("Wind", "solar", "hydro", "wind wind")
    for b in ("power", "storage", "grid")
    for c in ("Spain", "Norway", "islands")
]


@pytest.fixture(scope="module")
def lexical():
    fitted = fit_lexical(TEXTS, 4, seed=0)
    assert fitted is not None
    return fitted


def test_words_are_weighed_as_scikit_learn_weighs_them(lexical):
    vectorizer = TfidfVectorizer(stop_words="english", sublinear_tf=True, min_df=2).fit(TEXTS)
    expected = vectorizer.transform(["wind wind wind power in spain"]).toarray()[0]
    positions, weights = lexical.weigh("WIND wind wind power in Spain unheard-of")
    found = {lexical.words[p]: w for p, w in zip(positions, weights, strict=True)}
    names = vectorizer.get_feature_names_out()
    assert found == pytest.approx({names[i]: expected[i] for i in np.flatnonzero(expected)}, rel=1e-5)


def test_what_a_word_adds_sums_to_the_whole(lexical):
    gradients = np.random.default_rng(0).standard_normal((3, lexical.dimension)).astype(np.float32)
    text = "hydro storage turbines for Norway"
    words, added = lexical.word_contributions(text, gradients)
    assert set(words) == {"hydro", "storage", "turbines", "norway"}
    np.testing.assert_allclose(added.sum(axis=1), gradients @ lexical.apply([text])[0], atol=1e-5)


def test_a_text_without_a_known_word_is_all_zeros(lexical):
    assert not lexical.apply(["", "日本語 🦄 \ud83d", "zzz the of"]).any()


def test_stop_words_numbers_and_rare_words_are_no_features():
    fitted = fit_lexical([*TEXTS, "the 2024 report", "of 2024 once"], 4, seed=0)
    assert fitted is not None
    assert not {"the", "for", "2024", "once"} & set(fitted.words)


def test_the_most_frequent_words_come_first(lexical):
    assert lexical.frequent_words(2)[0] == "turbines"


def test_only_the_head_of_a_huge_text_is_read():
    assert words("a" * 30_000 + " end") == ["a" * 20_000]


def test_it_is_saved_without_pickle_and_opened_by_memory_map(lexical, tmp_path):
    lexical.save(tmp_path / "lexical")
    assert {path.suffix for path in (tmp_path / "lexical").iterdir()} == {".json", ".npy"}
    opened = LexicalTransform.load(tmp_path / "lexical")
    np.testing.assert_array_equal(opened.apply(TEXTS), lexical.apply(TEXTS))


@pytest.mark.parametrize("texts", [[], ["one text"], [""] * 50, ["word"] * 50, ["the of"] * 50])
def test_too_few_words_make_no_block(texts):
    assert fit_lexical(texts, 4, seed=0) is None
