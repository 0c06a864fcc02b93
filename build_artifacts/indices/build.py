"""One build: tables in, a published bundle out."""

import fcntl
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from leadgen.bundle import TableManifest
from leadgen.errors import ConfigurationError
from leadgen.text import TextModel, load_text_model
from threadpoolctl import threadpool_limits

from build_artifacts.jobs.embedding_cache import EmbeddingCache
from build_artifacts.jobs.progress import step
from build_artifacts.models import prepare_text_model

from .build_companies import build_companies
from .build_customers import build_customers
from .digest_key import digest_key
from .options import BuildOptions, TableOptions
from .publish import PARTIAL, publish
from .staging import StagedTable, stage
from .upload import Upload

REJECTS = "rejects"
"""Where the rows that were left out are listed: below the artifacts, and in the cache too where those are on s3://."""

log = logging.getLogger(__name__)


def build_indices(options: BuildOptions) -> str:
    """Build a bundle and put it in service; returns where it lies.

    Raises LeadgenError where an input, a column or a setting is at fault. Until the last rename nothing that was
    in service changes: a build that is killed, at any moment, leaves the previous bundle as it was.
    """
    if options.customers is None and options.companies is None:
        raise ConfigurationError("nothing to build: give --input-path, --companies-input-path, or both")
    if "://" in options.cache:
        raise ConfigurationError(f"--cache is {options.cache}; the cache is a local folder")
    if options.artifacts.startswith("s3://"):
        return _build_into_s3(options, Upload(options.artifacts))
    artifacts = Path(options.artifacts)
    return str(_build(options, artifacts, artifacts / REJECTS))


def _build_into_s3(options: BuildOptions, destination: Upload) -> str:
    rejects = Path(options.cache) / REJECTS
    with tempfile.TemporaryDirectory(prefix="leadgen-") as local:
        try:
            bundle = _build(options, Path(local), rejects, key_may_be_made=False)
        finally:
            destination.folder(rejects, REJECTS)
        return destination.bundle(bundle)


def _build(options: BuildOptions, artifacts: Path, rejects: Path, *, key_may_be_made: bool = True) -> Path:
    artifacts.mkdir(parents=True, exist_ok=True)
    # NumPy's and scikit-learn's own threads would take every core, whatever --threads says.
    with _alone(artifacts), threadpool_limits(options.threads), ExitStack() as stack:
        for stale in artifacts.glob(f"{PARTIAL}-*"):
            shutil.rmtree(stale, ignore_errors=True)
        work = artifacts / f"{PARTIAL}-{os.getpid()}"
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        bundle, scratch = work / "bundle", work / "scratch"
        bundle.mkdir(parents=True)
        key = digest_key(artifacts, may_create=key_may_be_made) if options.customers else ""
        model, cache = _text_model(options, bundle, stack)
        customers = companies = None
        if options.customers:
            customers = _customers(options, options.customers, bundle, scratch, rejects, cache, key)
        if options.companies:
            companies = _companies(options, options.companies, bundle, scratch, rejects, cache)
        if cache is not None:
            log.info(json.dumps({"step": "embeddings", "hits": cache.hits, "new": cache.embedded}))
        with step("publish"):
            return publish(bundle, artifacts, model.spec if model else None, customers, companies)


def _customers(
    options: BuildOptions, table: TableOptions, bundle: Path, scratch: Path, rejects: Path,
    cache: EmbeddingCache | None, key: str,
) -> TableManifest:  # fmt: skip
    staged = _stage(table, "customers", bundle, scratch, rejects)
    return build_customers(staged, table, options, bundle / "customers", cache if table.text_cols else None, key)


def _companies(
    options: BuildOptions, table: TableOptions, bundle: Path, scratch: Path, rejects: Path,
    cache: EmbeddingCache | None,
) -> TableManifest:  # fmt: skip
    staged = _stage(table, "companies", bundle, scratch, rejects)
    return build_companies(staged, table, options, bundle / "companies", cache if table.text_cols else None)


def _stage(table: TableOptions, name: str, bundle: Path, scratch: Path, rejects: Path) -> StagedTable:
    with step(f"read {name}") as progress:
        staged = stage(table, scratch / name, rejects / f"{name}.csv")
        progress.advance(staged.read)
    _report(staged.rejected, rejects / f"{name}.csv")
    (bundle / name).mkdir()
    return staged


def _report(rejected: dict[str, int], path: Path) -> None:
    if rejected:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in sorted(rejected.items()))
        log.warning("%d rows were left out (%s); each is listed in %s", sum(rejected.values()), reasons, path)


def _text_model(
    options: BuildOptions, bundle: Path, stack: ExitStack
) -> tuple[TextModel | None, EmbeddingCache | None]:
    """The text model, copied into the bundle, and its cache; neither where no table has text."""
    tables = (options.customers, options.companies)
    if not any(table and table.text_cols for table in tables):
        return None, None
    cache = Path(options.cache)
    folder = prepare_text_model(options.text_model, cache / "models")
    shutil.copytree(folder, bundle / "model")
    model = load_text_model(bundle / "model", options.threads)
    return model, stack.enter_context(EmbeddingCache(cache / "embeddings", model))


@contextmanager
def _alone(artifacts: Path) -> Iterator[None]:
    """One build at a time in a folder; the lock goes with the process, however it ends."""
    with (artifacts / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigurationError(
                f"another build is running in {artifacts}: wait for it, or use --artifacts"
            ) from error
        yield
