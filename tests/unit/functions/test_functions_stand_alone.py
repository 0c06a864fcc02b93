"""The functions that are zipped: each runs from its own folder, with nothing but boto3."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FUNCTIONS = Path(__file__).resolve().parents[3] / "functions"
ZIPPED = sorted(path.parent.name for path in FUNCTIONS.glob("*/handler.py"))


def test_there_are_functions() -> None:
    assert {"first_image", "build_finished", "rollout", "before_traffic", "copy_bundle"} <= set(ZIPPED)


@pytest.mark.parametrize("name", ZIPPED)
def test_a_function_loads_as_lambda_loads_it(name: str, tmp_path: Path) -> None:
    """Out of its own folder alone, without settings, credentials, a region or the rest of this code."""
    shutil.copytree(FUNCTIONS / name, tmp_path / name)
    script = (
        "import sys\n"
        f"from {name} import handler\n"
        "assert callable(handler.handler)\n"
        "print(*{name.partition('.')[0] for name, module in sys.modules.items() if 'site-packages' in "
        "str(getattr(module, '__file__', ''))}, *[name for name in sys.modules if name in ('functions', 'leadgen')])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    of_the_runtime = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six", "certifi"}
    foreign = {name for name in ended.stdout.split() if not name.startswith(("_", "distutils"))}
    assert foreign <= of_the_runtime, foreign - of_the_runtime


@pytest.mark.parametrize("name", ZIPPED)
def test_every_variable_that_a_function_reads_is_documented(name: str) -> None:
    documentation, _, code = (FUNCTIONS / name / "handler.py").read_text("utf-8").partition('"""\n\nimport')
    code += "".join(path.read_text("utf-8") for path in (FUNCTIONS / name).glob("*.py") if path.name != "handler.py")
    read = {word for word in code.replace('"', " ").replace("'", " ").split() if word.startswith("LEADGEN_")}
    passed_on = {"LEADGEN_RESPONSE_URL", "LEADGEN_STACK_ID", "LEADGEN_REQUEST_ID", "LEADGEN_LOGICAL_ID"}
    assert {word for word in read - passed_on if f"`{word}`" not in documentation} <= {"LEADGEN_REUSE_BUNDLE"}
