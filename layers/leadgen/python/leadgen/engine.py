"""What serving holds: a verified bundle with its text model, opened to score leads and find companies."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from leadgen.bundle import Manifest, locate, verify
from leadgen.companies import CompanyFinder
from leadgen.customers import LeadScorer
from leadgen.errors import BundleError, ConfigurationError
from leadgen.text import TextModel, load_text_model


@dataclass(frozen=True)
class Engine:
    """Everything that serving needs, opened by memory map and checked."""

    folder: Path
    manifest: Manifest
    model: TextModel | None
    scorer: LeadScorer | None
    finder: CompanyFinder | None

    @classmethod
    def open(cls, path: str, *, digest_key: str | None, threads: int | None = None, checksums: bool = True) -> "Engine":
        """Open the bundle at `path` (see `locate`).

        Raises BundleError where a file is absent, altered, or does not fit the others; ConfigurationError where
        `digest_key` is not the one of the build. Files are hashed while the model loads.
        """
        folder = locate(path)
        manifest = Manifest.read(folder)
        with ThreadPoolExecutor(1) as pool:
            checked = pool.submit(verify, folder, manifest, checksums=checksums)
            try:
                engine = cls._open(folder, manifest, digest_key, threads)
            except Exception as error:
                checked.result()
                if isinstance(error, BundleError | ConfigurationError):
                    raise
                raise BundleError(f"{folder} cannot be opened: {error}. Build the bundle again.") from error
            checked.result()
        return engine

    @classmethod
    def _open(cls, folder: Path, manifest: Manifest, digest_key: str | None, threads: int | None) -> "Engine":
        model = load_text_model(folder / "model", threads) if manifest.text_model else None
        if model is not None and manifest.text_model and model.spec.sha256 != manifest.text_model.sha256:
            raise BundleError(
                f"{folder / 'model'} holds the text model {model.spec.id}, another than the one that built "
                f"this bundle ({manifest.text_model.id}): its vectors cannot be compared. Build the bundle again."
            )
        customers, companies = manifest.customers, manifest.companies
        scorer = LeadScorer.open(folder / "customers", customers, model, digest_key) if customers else None
        finder = CompanyFinder.open(folder / "companies", companies, model) if companies else None
        return cls(folder, manifest, model, scorer, finder)
