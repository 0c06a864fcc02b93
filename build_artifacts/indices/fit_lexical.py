"""Fit the lexical block: vocabulary, inverse document frequencies and their latent semantic dimensions."""

from collections.abc import Sequence

import numpy as np
from leadgen.features import LexicalTransform
from leadgen.features.lexical import words
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

MAX_WORDS = 20_000
SOFTENING = 0.25
"""Each dimension is divided by its singular value to this power, so that the first few do not drown the rest."""


def fit_lexical(passages: Sequence[str], max_dimension: int, seed: int) -> LexicalTransform | None:
    """None where there are too few words for even two dimensions."""
    least = 3 if len(passages) >= 1000 else 2
    vectorizer = TfidfVectorizer(
        analyzer=_content_words, sublinear_tf=True, min_df=least, max_features=MAX_WORDS, dtype=np.float32
    )
    try:
        matrix = vectorizer.fit_transform([passage for passage in passages if passage])
    except ValueError:
        return None
    dimension = min(max_dimension, matrix.shape[0] // 8, matrix.shape[1] - 1)
    if dimension < 2:
        return None
    with np.errstate(invalid="ignore"):  # the share of explained variance, which equal texts have none of
        svd = TruncatedSVD(dimension, random_state=seed, n_iter=4).fit(matrix)
    spectrum = np.maximum(svd.singular_values_, 1e-6) ** SOFTENING
    components = (svd.components_ / spectrum[:, None]).T.astype(np.float16)
    vocabulary = vectorizer.get_feature_names_out().tolist()
    return LexicalTransform(vocabulary, vectorizer.idf_.astype(np.float32), components)


def _content_words(passage: str) -> list[str]:
    return [word for word in words(passage) if word not in ENGLISH_STOP_WORDS and not word.isdigit()]
