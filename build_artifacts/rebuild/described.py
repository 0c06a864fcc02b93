"""The companies' table as it is today, with the descriptions that `leadgen describe` last wrote."""

import json
import logging
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from leadgen.errors import InputError

from build_artifacts.indices import TableOptions

from .description_join import DescriptionJoin
from .objects import Bucket
from .snapshot import Snapshot, copied

log = logging.getLogger(__name__)


def with_descriptions(snapshot: Snapshot, described: str | None, folder: Path) -> Snapshot:
    """`snapshot` with its companies described, unless no such table is named or it was never written.

    The copy and the joined table go below `folder`. The log tells the described table's age in hours, by which an
    alarm knows that nothing has been described for long. Raises InputError where a table cannot be read, and
    ConfigurationError where the bucket refuses.
    """
    if described is None or snapshot.companies is None:
        return snapshot
    written, objects = _written(described), dict(snapshot.objects)
    path = copied(described, folder, objects) if written else None
    if written is None or path is None:
        log.warning("%s does not exist yet: companies are built with the texts that they have", described)
        return snapshot
    join = _read(path, described, snapshot.companies)
    companies = join.write(snapshot.companies, folder / "joined")
    hours = (datetime.now(UTC) - written).total_seconds() / 3600
    told = {"age_hours": round(hours, 2), "rows": join.rows, "described": join.described}
    log.info(json.dumps({"step": "described table"} | told))
    return replace(snapshot, companies=companies, objects=objects)


def _read(path: Path, described: str, companies: TableOptions) -> DescriptionJoin:
    text = os.environ.get("LEADGEN_DESCRIBE_DESCRIPTION_COL") or "description"
    try:
        return DescriptionJoin.read(str(path), companies.id_col, companies.current_col, text)
    except InputError as error:
        named = f"LEADGEN_DESCRIBED_COMPANIES={described}"
        raise InputError(f"{named} is no table that `leadgen describe` wrote of these companies: {error}") from error


def _written(path: str) -> datetime | None:
    if path.startswith("s3://"):
        bucket, _, key = path.removeprefix("s3://").partition("/")
        return Bucket(bucket).written(key)
    file = Path(path)
    return datetime.fromtimestamp(file.stat().st_mtime, UTC) if file.is_file() else None
