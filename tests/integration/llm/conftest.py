"""A language model that waits fast."""

from pathlib import Path

import pytest
from asking import Asker


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    return Asker(tmp_path / "ledger.sqlite")
