"""The report of a run: its folder on disk, and the same below `reports/` of the bucket."""

import csv
import json
import re
from pathlib import Path

from leadgen.bundle import Manifest

from .deployment import REPORTS, Deployment
from .report import GateReport

GATE, LATEST = "gate.json", "latest.json"
_COLUMN = re.compile(r"column '([^']*)'")


def write_report(deployment: Deployment | None, folder: Path, report: GateReport) -> None:
    """Write `gate.json`; with a deployment the whole folder to `reports/<run>/`, and `reports/latest.json` last."""
    (folder / GATE).write_text(report.model_dump_json(indent=1), "utf-8")
    publish_report(deployment, folder, report.build)


def publish_report(deployment: Deployment | None, folder: Path, build: str) -> None:
    """Put the folder into the bucket as it is."""
    if deployment is None:
        return
    deployment.bucket.put_folder(folder, f"{REPORTS}/{run_name(build)}")
    deployment.bucket.put(folder / GATE, f"{REPORTS}/{LATEST}")


def run_name(build: str) -> str:
    """The part of a CodeBuild build's id that is its own: `project:run`."""
    return build.rpartition(":")[2]


def write_evaluation(manifest: Manifest, path: Path) -> None:
    """What the build measured of each table, as its manifest says it."""
    tables = {"customers": manifest.customers, "companies": manifest.companies}
    measured = {name: {"rows": t.rows, "quality": t.quality} for name, t in tables.items() if t}
    path.write_text(json.dumps({"bundle": manifest.build_id, **measured}, indent=1), "utf-8")


def write_rejects(rejects: Path, folder: Path) -> None:
    """The lists of rows that were left out, without ids and cells: the row's number in the snapshot finds it."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(rejects.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as given, (folder / path.name).open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["row", "reason", "column"])
            for row in csv.DictReader(given):
                column = _COLUMN.search(row["detail"])
                writer.writerow([row["row"], row["reason"], column[1] if column else ""])
