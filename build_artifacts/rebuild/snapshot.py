"""The inputs as they are at one moment: listed with their versions, copied once, and built from that copy alone."""

import json
import logging
import shutil
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from leadgen.errors import InputError

from build_artifacts.indices.options import BuildOptions, TableOptions, is_pairs
from build_artifacts.sample import write_sample
from build_artifacts.table_flags import sample_tables

from .in_service import SAMPLE
from .objects import Bucket, InputObject
from .settings import RebuildSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Snapshot:
    """`customers` and `companies` read the copies; `objects` says what was copied, by the place it came from."""

    customers: TableOptions | None
    companies: TableOptions | None
    golden: Path | None = None
    objects: dict[str, list[InputObject]] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write `snapshot.json`."""
        sources = {source: [asdict(entry) for entry in entries] for source, entries in self.objects.items()}
        document = {"created_at": datetime.now(UTC).isoformat(timespec="seconds"), "inputs": sources}
        path.write_text(json.dumps(document, indent=1), "utf-8")


def take_snapshot(options: BuildOptions, golden: str | None, folder: Path) -> Snapshot | None:
    """Copy the tables, pairs of similar companies and golden queries below `folder`; None where no table exists.

    Raises InputError or ConfigurationError naming the place that cannot be read.
    """
    objects: dict[str, list[InputObject]] = {}
    customers = _copied_table(options.customers, folder / "customers", objects)
    companies = _copied_table(options.companies, folder / "companies", objects)
    if customers is None and companies is None:
        return None
    expected = copied(golden, folder / "golden", objects) if golden else None
    return Snapshot(customers, companies, expected, objects)


def sample_snapshot(settings: RebuildSettings, folder: Path) -> Snapshot:
    """The sample in place of tables, so that a first deployment has something to serve."""
    log.warning("there are no tables to build from: the sample is built, until there are")
    paths = write_sample(folder, settings.sample_customers, settings.sample_companies)
    customers, companies = sample_tables(str(paths.customers), str(paths.companies))
    return Snapshot(replace(customers, source=SAMPLE), replace(companies, source=SAMPLE))


def _copied_table(
    table: TableOptions | None, folder: Path, objects: dict[str, list[InputObject]]
) -> TableOptions | None:
    if table is None:
        return None
    path = copied(table.input_path, folder / "table", objects)
    if path is None:
        log.warning("%s holds no table: it is left out", table.input_path)
        return None
    similar_by = table.similar_by
    if similar_by and is_pairs(similar_by):
        pairs = copied(similar_by, folder / "pairs", objects)
        if pairs is None:
            raise InputError(f"{similar_by} does not exist (--companies-similar-by)")
        similar_by = str(pairs)
    return replace(table, input_path=str(path), source=table.input_path, similar_by=similar_by)


def copied(source: str, folder: Path, objects: dict[str, list[InputObject]]) -> Path | None:
    """The copy of a file or folder, entered into `objects`; None where there is none."""
    found = _copy_from_s3(source, folder) if source.startswith("s3://") else _copy_from_disk(Path(source), folder)
    if not found:
        return None
    objects[source] = found
    name = PurePosixPath(source).name
    return folder / name if len(found) == 1 and PurePosixPath(found[0].key).name == name else folder


def _copy_from_s3(source: str, folder: Path) -> list[InputObject]:
    name, _, key = source.removeprefix("s3://").partition("/")
    key, bucket = key.rstrip("/"), Bucket(name)
    entries = [e for e in bucket.latest(key) if (e.key == key or e.key.startswith(f"{key}/")) and _is_data(e.key)]
    if not entries:
        return []
    prefix = str(PurePosixPath(key).parent) if [e.key for e in entries] == [key] else key
    bucket.copy(entries, prefix, folder, f"copy {source}")
    return entries


def _copy_from_disk(source: Path, folder: Path) -> list[InputObject]:
    if source.is_file():
        paths, base = [source], source.parent
    else:
        paths, base = sorted(path for path in source.rglob("*") if path.is_file() and _is_data(path.name)), source
    for path in paths:
        target = folder / path.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return [InputObject(str(path), path.stat().st_size) for path in paths]


def _is_data(key: str) -> bool:
    # Writers leave _SUCCESS and hidden files beside their parts; readers leave them out as well.
    return not PurePosixPath(key).name.startswith((".", "_"))
