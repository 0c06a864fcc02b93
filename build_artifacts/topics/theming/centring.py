"""What a firm says about everything, taken out of its topics, so that topics meet by their subject."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..clustering.folding import Floats, unit

_TOPICS_IN_DOUBT = 3


def without_firm(embeddings: Floats, company_ids: Sequence[str], n_sentences: NDArray[Any]) -> Floats:
    """Topics' embeddings [t, d] less a share of their firm's mean, at unit length: float32 [t, d].

    The mean is weighted by sentences. The share is m / (m + 3) for a firm of m topics: the mean of a few topics is
    their subject rather than the firm. On calls of 2021Q3 this raised the coherence of themes of one number (NPMI of
    their keywords) from .148 to .165, and their agreement after the loss of 5 % of the topics (ARI) from .70 to .87.
    """
    if len(embeddings) == 0:
        return embeddings
    firms = np.unique(list(company_ids), return_inverse=True)[1]
    n_topics = np.bincount(firms)
    shape = (len(n_topics), len(firms))
    weights = np.maximum(np.asarray(n_sentences, dtype=np.float64), 1.0)
    sums = sparse.csr_matrix((weights, (firms, np.arange(len(firms)))), shape) @ embeddings.astype(np.float64)
    shares = n_topics / (n_topics + _TOPICS_IN_DOUBT) / np.bincount(firms, weights)
    return unit(embeddings - (sums * shares[:, None])[firms])
