"""From settings to a serving application, quickly: a cold function makes somebody wait for it."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from leadgen.engine import Engine
from leadgen.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI


def open_app(settings: Settings) -> "FastAPI":
    """Open the bundle and the application over it.

    Raises BundleError, ModelError or ConfigurationError, whose message is for the person who starts the application.
    """
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(_open_engine, settings)
        # Importing FastAPI keeps the interpreter busy while onnxruntime, outside of it, loads the text model.
        from functions.api.app import create_app
        from functions.api.online import OnlineLookup

        return create_app(settings, opening.result(), OnlineLookup.from_settings(settings))


def _open_engine(settings: Settings) -> Engine:
    return Engine.open(
        settings.bundle_path,
        digest_key=settings.digest_secret(),
        threads=settings.threads,
        checksums=settings.verify_checksums,
    )
