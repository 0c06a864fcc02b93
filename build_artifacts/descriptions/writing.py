"""What a run leaves behind: the table, and beside it the ledger and the report."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from build_artifacts.descriptions.calls import CallLedger
from build_artifacts.descriptions.carrying import put_file
from build_artifacts.descriptions.company import Result
from build_artifacts.descriptions.ledger_table import write_ledger
from build_artifacts.descriptions.options import DescribeOptions
from build_artifacts.descriptions.table import open_companies, write_described


def write_run(
    options: DescribeOptions, results: Mapping[str, Result], calls: CallLedger, report: Mapping[str, Any]
) -> None:
    """Write all three, the table last: who finds it finds what belongs to it. `results` are by company id."""
    output = options.output_path
    folder, slash, name = output.rpartition("/")
    beside = f"{folder}{slash}_{name.removesuffix('.parquet')}"
    local = not output.startswith("s3://")
    if local:
        Path(output).parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=Path(output).parent if local else None) as temporary:
        files = [Path(temporary) / name for name in ("ledger.parquet", "report.json", "table.parquet")]
        write_ledger(results.values(), calls, files[0])
        files[1].write_text(json.dumps(report, indent=1), "utf-8")
        source = open_companies(options.input_path, options.columns)
        write_described(source, options.columns, results, files[2])
        for file, url in zip(files, (f"{beside}.ledger.parquet", f"{beside}.report.json", output), strict=True):
            put_file(file, url)
