"""Embeddings kept between builds by text and model, so that a rebuild embeds only what changed."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import numpy as np
from leadgen.errors import InputError
from leadgen.text import TextModel
from numpy.typing import NDArray

from .progress import step

_LOOKUP = 500
_BATCH = 1024


class EmbeddingCache:
    """One SQLite file a model, keyed by BLAKE2b of the text; vectors are stored and returned as float16.

    Fresh vectors are rounded the same way, so a build from the cache equals a build without it. Every batch is
    committed: a killed build has lost at most the batch it was embedding.
    """

    def __init__(self, folder: Path, model: TextModel) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._model = model
        self._path = folder / f"{model.spec.sha256[:24]}.sqlite"
        with self._damage_named():
            self._connection = sqlite3.connect(self._path, timeout=60, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS embedding (digest BLOB PRIMARY KEY, cut INTEGER, vector BLOB) WITHOUT ROWID"
            )
        self.embedded = 0
        """Texts embedded by this object, the others came from the file."""
        self.hits = 0
        """Texts that the file held when they were asked for."""
        self.truncated = 0
        """Texts seen that are cut at the model's limit."""

    def __enter__(self) -> "EmbeddingCache":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings float32 [n, d], rounded to float16, in the order of the texts; empty texts are rows of zeros."""
        digests = [hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() for text in texts]
        with self._damage_named():
            known = self._stored(set(digests))
            self.hits += len(known)
            fresh = {d: text for d, text in zip(digests, texts, strict=True) if text and d not in known}
            known |= self._embed(fresh)
        out = np.zeros((len(texts), self._model.spec.dimension), dtype=np.float32)
        for i, (digest, text) in enumerate(zip(digests, texts, strict=True)):
            if text:
                cut, vector = known[digest]
                out[i] = np.frombuffer(vector, dtype=np.float16)
                self.truncated += cut
        return out

    @contextmanager
    def _damage_named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise InputError(
                f"the cache of embeddings {self._path} cannot be used: {error}. Delete it to embed all texts anew"
            ) from error

    def _stored(self, digests: set[bytes]) -> dict[bytes, tuple[int, bytes]]:
        wanted, found = sorted(digests), {}
        for start in range(0, len(wanted), _LOOKUP):
            part = wanted[start : start + _LOOKUP]
            marks = ",".join("?" * len(part))
            query = f"SELECT digest, cut, vector FROM embedding WHERE digest IN ({marks})"  # noqa: S608
            with closing(self._connection.execute(query, part)) as cursor:
                found.update({digest: (cut, vector) for digest, cut, vector in cursor})
        return found

    def _embed(self, fresh: dict[bytes, str]) -> dict[bytes, tuple[int, bytes]]:
        """Embed and keep; each batch is committed before the next, so that a killed build goes on where it was."""
        digests = list(fresh)
        rows: dict[bytes, tuple[int, bytes]] = {}
        with step("embed", len(fresh)) if len(fresh) > _BATCH else nullcontext() as progress:
            for start in range(0, len(digests), _BATCH):
                part = digests[start : start + _BATCH]
                encoded = self._model.encode_counted([fresh[digest] for digest in part], "query")
                vectors = encoded.embeddings.astype(np.float16)
                new = {d: (int(c), v.tobytes()) for d, c, v in zip(part, encoded.truncated, vectors, strict=True)}
                self._keep(new)
                rows |= new
                if progress is not None:
                    progress.advance(len(part))
        self.embedded += len(rows)
        return rows

    def _keep(self, rows: dict[bytes, tuple[int, bytes]]) -> None:
        self._connection.execute("BEGIN")
        self._connection.executemany(
            "INSERT OR IGNORE INTO embedding VALUES (?, ?, ?)", [(d, cut, v) for d, (cut, v) in rows.items()]
        )
        self._connection.execute("COMMIT")
