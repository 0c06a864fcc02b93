"""The flags that describe transcripts."""

import argparse

import pytest
from leadgen.errors import ConfigurationError

from build_artifacts.topics.reading import TranscriptOptions
from build_artifacts.topics.reading.flags import add_transcript_flags, transcript_options


def parsed(*arguments: str) -> TranscriptOptions:
    parser = argparse.ArgumentParser()
    add_transcript_flags(parser)
    return transcript_options(parser.parse_args(arguments))


def test_flags_name_the_table_and_its_columns() -> None:
    assert parsed("--input-path", "calls.csv", "--company-col", "ticker", "--text-unit", "turn") == TranscriptOptions(
        "calls.csv", company_col="ticker", text_unit="turn"
    )


def test_the_environment_stands_in_for_flags_and_an_empty_value_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGEN_TRANSCRIPTS_INPUT_PATH", "s3://calls/all")
    monkeypatch.setenv("LEADGEN_TRANSCRIPTS_SPEAKER_COL", "who")
    monkeypatch.setenv("LEADGEN_TRANSCRIPTS_ROLE_COL", "")

    assert parsed("--speaker-col", "speaks") == TranscriptOptions("s3://calls/all", speaker_col="speaks")


def test_an_input_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEADGEN_TRANSCRIPTS_INPUT_PATH", raising=False)

    with pytest.raises(ConfigurationError, match=r"--input-path, or set LEADGEN_TRANSCRIPTS_INPUT_PATH"):
        parsed()


def test_another_unit_of_text_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="--text-unit is 'word'; it is one of auto, sentence, turn"):
        parsed("--input-path", "calls.csv", "--text-unit", "word")
