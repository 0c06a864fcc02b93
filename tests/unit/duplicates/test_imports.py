"""Importing duplicate detection costs a server nothing that it may not need."""

import subprocess
import sys


def test_aws_and_the_public_suffix_list_are_loaded_only_when_used() -> None:
    code = "import sys, leadgen.duplicates; print({'boto3', 'botocore', 'publicsuffixlist'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
