"""The companies' table as `leadgen describe` last wrote it, in place of the one that it was written from."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from build_artifacts.indices import BuildOptions

from .objects import Bucket

log = logging.getLogger(__name__)


def with_descriptions(options: BuildOptions, described: str | None) -> BuildOptions:
    """`options` with the described table, unless none is named or it was never written.

    The log tells its age in hours, by which an alarm knows that nothing has been described for long. Raises
    ConfigurationError where the bucket refuses.
    """
    if described is None or options.companies is None:
        return options
    written = _written(described)
    if written is None:
        log.warning("%s does not exist yet: companies are built from %s", described, options.companies.input_path)
        return options
    hours = (datetime.now(UTC) - written).total_seconds() / 3600
    log.info(json.dumps({"step": "described table", "age_hours": round(hours, 2)}))
    return replace(options, companies=replace(options.companies, input_path=described))


def _written(path: str) -> datetime | None:
    if path.startswith("s3://"):
        bucket, _, key = path.removeprefix("s3://").partition("/")
        return Bucket(bucket).written(key)
    file = Path(path)
    return datetime.fromtimestamp(file.stat().st_mtime, UTC) if file.is_file() else None
