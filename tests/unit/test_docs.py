"""README says what the code does."""

import re
from pathlib import Path

from leadgen.settings import settings_table

from build_artifacts.table_flags import flags_table

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")


def test_every_setting_is_documented_as_it_is() -> None:
    assert settings_table().strip() in README


def test_every_flag_of_a_table_is_documented_as_it_is() -> None:
    assert flags_table() in README


def test_every_make_target_that_readme_names_exists() -> None:
    makefile = (Path(__file__).resolve().parents[2] / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"`make (\w+)`", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
