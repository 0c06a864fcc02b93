"""README says what the code does."""

import os
import re
from pathlib import Path

import pytest
from leadgen.settings import settings_table
from pydantic_settings import BaseSettings

from build_artifacts.rebuild.gate_settings import GateSettings
from build_artifacts.rebuild.settings import RebuildSettings
from build_artifacts.rebuild.settings import settings_table as rebuild_table
from build_artifacts.table_flags import flags_table
from build_artifacts.topics.flags import flags_table as topics_flags_table

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")


def test_every_setting_is_documented_as_it_is() -> None:
    assert settings_table().strip() in README


@pytest.mark.parametrize("kind", [GateSettings, RebuildSettings])
def test_every_setting_of_a_rebuild_is_documented_as_it_is(kind: type[BaseSettings]) -> None:
    assert rebuild_table(kind).strip() in README


def test_every_flag_of_a_table_is_documented_as_it_is() -> None:
    assert flags_table() in README


def test_every_flag_of_the_quarterly_run_is_documented_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LEADGEN_")]:
        monkeypatch.delenv(name)
    assert topics_flags_table() in README


def test_every_make_target_that_readme_names_exists() -> None:
    makefile = (Path(__file__).resolve().parents[2] / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"`make (\w+)`", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
