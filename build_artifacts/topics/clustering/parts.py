"""The exchangeable parts of a topic model: whatever BERTopic takes in the same place."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from .graph import GraphClusterer
from .libraries import BaseCluster, BaseDimensionalityReduction, BERTopic, ClassTfidfTransformer
from .options import ClusteringOptions

WORD = r"(?u)\b[^\W\d_]\w+\b"
"""Two or more letters or digits, a letter first."""
_ENDINGS = ("ve", "ll", "re", "don", "doesn", "didn", "isn", "aren", "wasn", "weren", "won", "wouldn", "couldn", "hasn")
"""What `WORD` makes of "we've" and "don't"."""
STOP_WORDS = sorted({*ENGLISH_STOP_WORDS, *_ENDINGS})


@dataclass(frozen=True, slots=True)
class Parts:
    """Models as BERTopic names them: `umap_model`, `hdbscan_model`, `vectorizer_model`, `ctfidf_model` and so on.

    To exchange one, replace it in those of `parts_of(options)`, for example
    `TopicModel(options, replace(parts_of(options), clusterer=KMeans(8)))`.
    """

    reduction: Any
    """`fit(X)` and `transform(X)`."""
    clusterer: Any
    """`fit(X)`, then `labels_`; -1 for an outlier."""
    vectorizer: Any
    weighting: Any
    representation: Any = None
    """Words are those of BERTopic's `representation_model`; None keeps the class-based TF-IDF's."""
    embedder: Any = None
    """BERTopic's `embedding_model`, which some representations ask for vectors of words."""


def parts_of(options: ClusteringOptions) -> Parts:
    """The parts of `options.method`; those of `umap` run on the GPU where cuML and one are present."""
    reduction, clusterer = _stock(options) if options.method == "umap" else _graph(options)
    vectorizer = CountVectorizer(stop_words=STOP_WORDS, token_pattern=WORD)
    return Parts(reduction, clusterer, vectorizer, ClassTfidfTransformer())


def bertopic(parts: Parts, top_n_words: int = 10, *, labelled: bool = False) -> BERTopic:
    """A BERTopic of these parts; one that is `labelled` takes topics as `y` instead of searching for them."""
    return BERTopic(
        language="multilingual",
        embedding_model=parts.embedder,
        umap_model=BaseDimensionalityReduction() if labelled else parts.reduction,
        hdbscan_model=BaseCluster() if labelled else parts.clusterer,
        vectorizer_model=parts.vectorizer,
        ctfidf_model=parts.weighting,
        representation_model=parts.representation,
        top_n_words=top_n_words,
    )


def _graph(options: ClusteringOptions) -> tuple[Any, Any]:
    return BaseDimensionalityReduction(), GraphClusterer(options.neighbours, options.resolution)


def _stock(options: ClusteringOptions) -> tuple[Any, Any]:
    """BERTopic's own defaults, with a seed. Source: BERTopic 0.17, `BERTopic.__init__`."""
    on_gpu = _cuml_works()
    reduction = import_module("cuml.manifold" if on_gpu else "umap").UMAP(
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=options.seed, n_jobs=1
    )
    clusterer = import_module("cuml.cluster" if on_gpu else "hdbscan").HDBSCAN(min_cluster_size=10)
    return reduction, clusterer


def _cuml_works() -> bool:
    try:
        return bool(import_module("cupy").cuda.runtime.getDeviceCount()) and bool(import_module("cuml"))
    except Exception:  # noqa: BLE001 - without a driver the import itself fails, with the driver's own exceptions
        return False
