"""The pool that the settings ask for."""

from leadgen.cores import usable_cores
from leadgen.settings import Settings

from functions.api.embedding.cache import CachedPool, EmbeddingCache
from functions.api.embedding.measures import EmbeddingMeasures
from functions.api.embedding.pool import DirectPool, EmbeddingPool, MicroBatchingPool
from functions.api.embedding.shared_cache import SharedCache

_BYTES_OF_A_MB = 1024**2


def open_pool(settings: Settings, measures: EmbeddingMeasures) -> EmbeddingPool:
    """Batching on a server, direct in Lambda; with a cache unless there shall be none.

    Raises:
        ConfigurationError: a shared cache is asked for that cannot be used.
    """
    pool = _computing(settings, measures)
    if not (settings.embedding_cache_mb or settings.redis_url):
        return pool
    shared = SharedCache(settings.redis_url.get_secret_value()) if settings.redis_url else None
    return CachedPool(pool, EmbeddingCache(settings.embedding_cache_mb * _BYTES_OF_A_MB), shared, measures)


def _computing(settings: Settings, measures: EmbeddingMeasures) -> EmbeddingPool:
    if not settings.batches:
        return DirectPool(measures)
    cores = usable_cores()
    workers = max(1, cores // (settings.threads or cores))
    return MicroBatchingPool(settings.queue_tokens, settings.request_timeout_seconds, measures, workers)
