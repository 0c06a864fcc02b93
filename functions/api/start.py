"""From settings to a serving application, quickly: a cold function makes somebody wait for it."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from leadgen.settings import Settings
from pydantic import SecretStr

if TYPE_CHECKING:
    from fastapi import FastAPI
    from leadgen.engine import Engine

    from functions.api.embedding.registry import EmbeddingModels


def open_app(settings: Settings) -> "FastAPI":
    """Open the bundle, if there must be one, and the application over it.

    Raises BundleError, ModelError or ConfigurationError, whose message is for the person who starts the application.
    """
    with ThreadPoolExecutor(2) as pool:
        complete = pool.submit(_with_digest_key, settings)
        opening = pool.submit(_open, complete)
        # Importing FastAPI keeps the interpreter busy while onnxruntime, outside of it, loads the text model.
        from functions.api.app import create_app
        from functions.api.online import OnlineLookup

        engine, models = opening.result()
        return create_app(settings, engine, OnlineLookup.from_settings(complete.result()), models)


def _with_digest_key(settings: Settings) -> Settings:
    """The settings with the digest key that they only name."""
    if settings.digest_key is not None or settings.digest_key_secret is None:
        return settings
    from functions.api.secrets_manager import read_secret

    return settings.model_copy(update={"digest_key": SecretStr(read_secret(settings.digest_key_secret))})


def _open(complete: "Future[Settings]") -> "tuple[Engine | None, EmbeddingModels]":
    # Imported while the secret is on its way.
    from leadgen.engine import Engine

    from functions.api.embedding.registry import EmbeddingModels

    settings = complete.result()
    engine = None
    if not _without_bundle(settings):
        engine = Engine.open(
            settings.bundle_path,
            digest_key=settings.digest_secret(),
            threads=settings.threads,
            checksums=settings.verify_checksums,
        )
    return engine, EmbeddingModels.open(settings, engine)


def _without_bundle(settings: Settings) -> bool:
    """Whether a database or text models are all there is to serve: nobody named a bundle, and none lies there."""
    if "bundle_path" in settings.model_fields_set or not (settings.database_url or settings.embedding_models):
        return False
    from leadgen.bundle import CURRENT, MANIFEST

    return not any((Path(settings.bundle_path) / name).exists() for name in (CURRENT, MANIFEST))
