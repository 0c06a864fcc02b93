"""BERTopic and scikit-network, imported without the warnings that they give while they are imported."""

import warnings

with warnings.catch_warnings():
    # They warn of optional parts that are absent, and BERTopic would silence all user warnings of the process for good.
    warnings.simplefilter("ignore")
    from bertopic import BERTopic
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.vectorizers import ClassTfidfTransformer
    from sknetwork.clustering import Louvain

__all__ = ["BERTopic", "BaseCluster", "BaseDimensionalityReduction", "ClassTfidfTransformer", "Louvain"]
