"""The soak tests use what the build's own tests are made of."""

import importlib.util
import sys
from pathlib import Path

BUILD = Path(__file__).resolve().parents[1] / "integration" / "build"
sys.path.insert(0, str(BUILD))
_spec = importlib.util.spec_from_file_location("build_fixtures", BUILD / "conftest.py")
assert _spec
assert _spec.loader
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)

_no_settings_of_the_caller = _module._no_settings_of_the_caller
make_checkpoint = _module.make_checkpoint
changed_since_built = _module.changed_since_built
built = _module.built
workplace = _module.workplace
