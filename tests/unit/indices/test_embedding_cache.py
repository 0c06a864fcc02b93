"""Embeddings survive between builds: only new texts are embedded, and a killed build loses one batch at most."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from leadgen.text import HashingTextModel, hashing_spec

from build_artifacts.jobs.embedding_cache import EmbeddingCache

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def model():
    return HashingTextModel(hashing_spec(32))


def texts(count):
    return [f"text number {i} of many" for i in range(count)]


def test_a_second_build_embeds_nothing(tmp_path, model):
    with EmbeddingCache(tmp_path, model) as cache:
        first = cache.encode(texts(1200))
        assert cache.embedded == 1200
    with EmbeddingCache(tmp_path, model) as cache:
        np.testing.assert_array_equal(cache.encode(texts(1200)), first)
        assert (cache.embedded, cache.hits) == (0, 1200)


def test_after_a_change_of_one_percent_one_percent_is_embedded(tmp_path, model):
    with EmbeddingCache(tmp_path, model) as cache:
        cache.encode(texts(1000))
    changed = [f"{text} changed" if i % 100 == 0 else text for i, text in enumerate(texts(1000))]
    with EmbeddingCache(tmp_path, model) as cache:
        found = cache.encode(changed)
        assert cache.embedded == 10
    np.testing.assert_allclose(found, model.encode(changed), atol=1e-3)


def test_fresh_and_kept_vectors_are_rounded_alike(tmp_path, model):
    with EmbeddingCache(tmp_path, model) as cache:
        found = cache.encode(texts(3))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, model.encode(texts(3)).astype(np.float16).astype(np.float32))


def test_another_model_has_another_file(tmp_path, model):
    other = HashingTextModel(hashing_spec(16))
    with EmbeddingCache(tmp_path, model) as one, EmbeddingCache(tmp_path, other) as two:
        assert one.encode(texts(5)).shape == (5, 32)
        assert two.encode(texts(5)).shape == (5, 16)
        assert two.embedded == 5
    assert len(list(tmp_path.glob("*.sqlite"))) == 2


def test_repeated_texts_are_embedded_once_and_empty_ones_never(tmp_path, model):
    with EmbeddingCache(tmp_path, model) as cache:
        found = cache.encode(["a b", "", "a b", "c d"])
        assert cache.embedded == 2
        assert cache.encode([]).shape == (0, 32)
    assert not found[1].any()
    np.testing.assert_array_equal(found[0], found[2])


def test_texts_cut_at_the_models_limit_are_counted_from_the_file_too(tmp_path, model):
    long = ["word " * 5000, "short", "word " * 5000]
    for _ in range(2):
        with EmbeddingCache(tmp_path, model) as cache:
            cache.encode(long)
            assert cache.truncated == 2


_WRITER = """
import os, signal, sys
from pathlib import Path
from leadgen.text import HashingTextModel, hashing_spec
from build_artifacts.jobs.embedding_cache import EmbeddingCache

class Dying(HashingTextModel):
    def encode_counted(self, texts, kind="query"):
        if "batch 3" in texts[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().encode_counted(texts, kind)

with EmbeddingCache(Path(sys.argv[1]), Dying(hashing_spec(32))) as cache:
    for batch in range(5):
        cache.encode([f"batch {batch} text {i}" for i in range(100)])
"""


def test_a_killed_build_has_lost_one_batch_at_most(tmp_path, model):
    path = [str(ROOT), str(ROOT / "layers/leadgen/python")]
    process = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path}\n{_WRITER}", str(tmp_path)], check=False
    )
    assert process.returncode == -signal.SIGKILL
    with EmbeddingCache(tmp_path, model) as cache:
        for batch in range(5):
            cache.encode([f"batch {batch} text {i}" for i in range(100)])
        assert cache.embedded == 200


def test_two_builds_may_use_one_file(tmp_path, model):
    with EmbeddingCache(tmp_path, model) as one, EmbeddingCache(tmp_path, model) as two:
        one.encode(texts(10))
        two.encode(texts(20))
        assert (one.embedded, two.embedded) == (10, 10)
    with sqlite3.connect(next(tmp_path.glob("*.sqlite"))) as connection:
        assert connection.execute("SELECT count(*) FROM embedding").fetchone() == (20,)
    connection.close()
