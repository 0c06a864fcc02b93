"""The CDK's own command line, run on the node that came from PyPI."""

import os
import subprocess
import sys
from pathlib import Path

from cdk.app import ROOT

NODE = Path(os.environ["JSII_NODE"])
_NPM = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_PROGRAM = ROOT / "cdk" / "node_modules" / "aws-cdk" / "bin" / "cdk"


def run_cdk(*arguments: str) -> None:
    """Run `cdk …` on the templates in `cdk.out`. Ends the program as it ends, where it fails."""
    if not _PROGRAM.exists():
        _run(_NPM, "ci", "--prefix", "cdk", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
    _run(_PROGRAM, *arguments, "--app", "cdk.out")


def _run(script: Path, *arguments: str) -> None:
    environment = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}
    ended = subprocess.run([str(NODE), str(script), *arguments], cwd=ROOT, env=environment, check=False)  # noqa: S603
    if ended.returncode:
        sys.exit(ended.returncode)
