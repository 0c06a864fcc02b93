"""`python -m build_artifacts` is the command line."""

import sys

from build_artifacts.cli import main

sys.exit(main())
