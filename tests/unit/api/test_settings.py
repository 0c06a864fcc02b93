"""Settings: where they come from, and that each is documented."""

from pathlib import Path

import pytest
from leadgen.errors import ConfigurationError
from leadgen.settings import Settings, read_settings, settings_table
from pydantic import SecretStr


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LEADGEN_{name.upper()}", raising=False)
    monkeypatch.delenv("PORT", raising=False)
    read_settings.cache_clear()


def test_every_setting_is_described_in_the_table() -> None:
    table = settings_table()
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert f"| `LEADGEN_{name.upper()}` |" in table
    assert len(table.splitlines()) == len(Settings.model_fields) + 2


def test_the_platforms_port_is_honoured_and_ours_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().port == 8000
    monkeypatch.setenv("PORT", "9000")
    assert Settings().port == 9000
    monkeypatch.setenv("LEADGEN_PORT", "9001")
    assert Settings().port == 9001


def test_an_empty_variable_is_an_absent_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGEN_DEDUP_TABLE", "")
    assert Settings().dedup_table is None


def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGEN_CORS_ORIGINS", "https://a.example, https://b.example,")
    assert Settings().cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LEADGEN_PORT", "http"),
        ("LEADGEN_MAX_BODY_BYTES", "7000000"),
        ("LEADGEN_LOG_LEVEL", "loud"),
        ("LEADGEN_ROOT_PATH", "prod/"),
        ("LEADGEN_VERIFY_CHECKSUMS", "maybe"),
    ],
)
def test_a_malformed_variable_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=variable):
        read_settings()


def test_the_digest_key_is_the_variable_or_what_the_build_left(tmp_path: Path) -> None:
    assert Settings(bundle_path=str(tmp_path)).digest_secret() is None
    (tmp_path / "digest.key").write_text("left by the build\n")
    (tmp_path / "bundle").mkdir()
    assert Settings(bundle_path=str(tmp_path)).digest_secret() == "left by the build"
    assert Settings(bundle_path=str(tmp_path / "bundle")).digest_secret() == "left by the build"
    given = Settings(bundle_path=str(tmp_path), digest_key=SecretStr("given"))
    assert given.digest_secret() == "given"
    assert "given" not in repr(given)
    assert Settings(bundle_path="s3://bucket/prefix").digest_secret() is None


@pytest.mark.parametrize("keys", ["short", "a key of twenty letters,short", ",", " "])
def test_api_keys_that_can_be_guessed_are_refused(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setenv("LEADGEN_API_KEYS", keys)
    with pytest.raises(ConfigurationError, match=r"LEADGEN_API_KEYS.*20 characters"):
        read_settings()


def test_api_keys_are_separated_by_commas_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGEN_API_KEYS", "a key of twenty letters, another key of twenty letters,")
    settings = Settings()
    assert settings.accepted_api_keys() == ("a key of twenty letters", "another key of twenty letters")
    assert "twenty" not in repr(settings)
    assert Settings(api_keys=None).accepted_api_keys() == ()


def test_a_gateway_and_keys_of_ones_own_exclude_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGEN_API_KEYS", "a key of twenty letters")
    monkeypatch.setenv("LEADGEN_REQUIRE_AUTHORIZER", "iam")
    with pytest.raises(ConfigurationError, match=r"LEADGEN_REQUIRE_AUTHORIZER.*LEADGEN_API_KEYS"):
        read_settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("REQUIRE_AUTHORIZER", "none"), ("METRICS", "statsd"), ("DIGEST_KEY_SECRET", "leadgen-dev/digest-key")],
)
def test_a_choice_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(f"LEADGEN_{variable}", value)
    with pytest.raises(ConfigurationError, match=f"LEADGEN_{variable}"):
        read_settings()
