"""Long work shows a bar on a terminal and leaves one JSON line a step."""

import json
import logging
import sys

import pytest

from build_artifacts.jobs.progress import step


def test_a_step_is_one_json_line(caplog):
    with caplog.at_level(logging.INFO), step("read", 10) as progress:
        progress.advance(4)
        progress.advance(6)
    line = json.loads(caplog.records[-1].getMessage())
    assert (line["step"], line["rows"]) == ("read", 10)
    assert line["seconds"] >= 0


def test_a_step_that_fails_is_logged_too(caplog):
    with caplog.at_level(logging.INFO), pytest.raises(RuntimeError), step("fit"):
        raise RuntimeError
    assert json.loads(caplog.records[-1].getMessage())["step"] == "fit"


def test_a_terminal_shows_a_bar(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with step("embed", 10) as progress:
        progress.advance(10)
    assert "embed" in capsys.readouterr().err
