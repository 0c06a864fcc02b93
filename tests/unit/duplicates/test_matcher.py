"""The duplicate tables of a bundle: what blocks, what flags, what is stored, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leadgen.duplicates import RULES, DuplicateMatch, DuplicateMatcher, DuplicateWriter
from leadgen.errors import BundleError, ConfigurationError, InputError

KEY = "a secret of sufficient length"
EMAILS = [
    "Dana.Reyes@gmail.com",
    "jorg@acme.example",
    "info@acme.example",
    None,
    float("nan"),
    "jo@beta.example",
]
NAMES = ["Dana Reyes", "Jörg Müller", None, "Ana Silva", "", "Jo Beta"]
COMPANIES = [None, "Acme GmbH", "Acme GmbH", "Silva Lda", None, "Beta Oy"]
COUNTRIES = [None, "Germany", "Germany", "Portugal", None, "Finland"]
CITIES = [None, "Berlin", "Berlin", None, None, "Oulu"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "duplicates"
    writer = DuplicateWriter(folder, KEY)
    for rows in ([0, 1, 2], [3, 4, 5]):
        columns = [[column[row] for row in rows] for column in (EMAILS, NAMES, COMPANIES, COUNTRIES, CITIES)]
        emails, names, companies, countries, cities = columns
        writer.append(rows, emails=emails, names=names, companies=companies, countries=countries, cities=cities)
    writer.finish()
    return folder


@pytest.fixture(scope="module")
def matcher(folder: Path) -> DuplicateMatcher:
    return DuplicateMatcher.open(folder, KEY)


def rules(match: DuplicateMatch | None) -> list[str]:
    return [flag.rule for flag in match.flags] if match else []


def test_an_exact_address_blocks(matcher: DuplicateMatcher) -> None:
    match = matcher.match(email=" JORG@acme.example ")
    assert match is not None
    assert (match.row, match.rule, match.blocks) == (1, "email_exact", True)


def test_the_same_mailbox_in_another_spelling_blocks(matcher: DuplicateMatcher) -> None:
    match = matcher.match(email="danareyes+crm@googlemail.com")
    assert match is not None
    assert (match.row, match.rule, match.blocks) == (0, "email_canonical", True)


def test_a_role_address_only_flags(matcher: DuplicateMatcher) -> None:
    match = matcher.match(email="info@acme.example")
    assert match is not None
    assert (match.row, match.rule, match.blocks) == (2, "role_email", False)


def test_a_similar_name_at_the_same_company_only_flags(matcher: DuplicateMatcher) -> None:
    match = matcher.match(email="j.mueller@acme.example", name="Joerg Muller")
    assert match is not None
    assert (match.row, match.rule, match.blocks) == (1, "name_company_sound", False)
    assert rules(match) == ["name_company_sound", "company_domain"]


def test_the_name_and_company_without_an_address_only_flag(matcher: DuplicateMatcher) -> None:
    match = matcher.match(name="SILVA, Ana", company="Silva")
    assert match is not None
    assert (match.row, match.rule, match.blocks) == (3, "name_company", False)


def test_colleagues_flag_their_company_and_nothing_more(matcher: DuplicateMatcher) -> None:
    match = matcher.match(email="new@acme.example", name="Zoë Quist")
    assert match is not None
    assert (match.rule, match.blocks) == ("company_domain", False)
    assert (match.flags[0].rows, match.flags[0].count) == ((1, 2), 2)


def test_a_company_is_known_by_name_and_place(matcher: DuplicateMatcher) -> None:
    assert rules(matcher.match(company="ACME", country="Germany", city="berlin")) == [
        "company_place",
        "company_country",
    ]
    assert rules(matcher.match(company="ACME", country="Germany", city="Bonn")) == ["company_country"]
    assert matcher.match(company="Acme", country="France") is None
    assert matcher.match(company="Acme") is None


def test_free_mail_shows_no_company(matcher: DuplicateMatcher) -> None:
    assert matcher.match(email="somebody.else@gmail.com", name="Dana Reyes") is None


def test_nothing_readable_is_stored(folder: Path) -> None:
    stored = b"".join(path.read_bytes() for path in folder.iterdir()).lower()
    for plain in (b"dana", b"gmail", b"acme", b"jorg", b"silva", KEY.encode()):
        assert plain not in stored


def test_only_arrays_and_json_are_left(folder: Path) -> None:
    assert {path.suffix for path in folder.iterdir()} == {".npy", ".json"}
    for path in folder.glob("*.npy"):
        np.load(path, allow_pickle=False)


def test_another_secret_is_refused_by_name(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="LEADGEN_DIGEST_KEY"):
        DuplicateMatcher.open(folder, KEY + "!")
    with pytest.raises(ConfigurationError, match="LEADGEN_DIGEST_KEY"):
        DuplicateMatcher.open(folder, "short")


def test_the_same_rows_in_any_batches_give_the_same_bytes(tmp_path: Path) -> None:
    for name, batches in {"one": [range(6)], "many": [[5], [4, 3], [2, 1, 0]]}.items():
        writer = DuplicateWriter(tmp_path / name, KEY)
        for rows in batches:
            writer.append(list(rows), emails=[EMAILS[row] for row in rows])
        writer.finish()
    one, many = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "many"))
    assert one == many


def damage_truncate(folder: Path) -> None:
    path = folder / "email_exact.digests.npy"
    path.write_bytes(path.read_bytes()[:-8])


def damage_shape(folder: Path) -> None:
    np.save(folder / "email_exact.rows.npy", np.zeros(1, np.uint32))


def damage_type(folder: Path) -> None:
    np.save(folder / "email_exact.rows.npy", np.zeros(3, np.float64))


def damage_missing(folder: Path) -> None:
    (folder / "email_exact.rows.npy").unlink()


def damage_json(folder: Path) -> None:
    (folder / "duplicates.json").write_text("{")


def damage_format(folder: Path) -> None:
    path = folder / "duplicates.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))


@pytest.mark.parametrize(
    "damage",
    [damage_truncate, damage_shape, damage_type, damage_missing, damage_json, damage_format],
)
def test_damaged_tables_are_refused(tmp_path: Path, damage: object) -> None:
    writer = DuplicateWriter(tmp_path, KEY)
    writer.append([0, 1], emails=["a@acme.example", "b@acme.example"])
    writer.finish()
    assert callable(damage)
    damage(tmp_path)
    with pytest.raises(BundleError):
        DuplicateMatcher.open(tmp_path, KEY)


def test_no_records_match_nothing(tmp_path: Path) -> None:
    writer = DuplicateWriter(tmp_path, KEY)
    assert writer.finish() == dict.fromkeys(RULES, 0)
    assert DuplicateMatcher.open(tmp_path, KEY).match(email="a@acme.example") is None


def test_columns_of_another_length_and_impossible_rows_are_refused(tmp_path: Path) -> None:
    writer = DuplicateWriter(tmp_path, KEY)
    with pytest.raises(InputError):
        writer.append([0, 1], emails=["a@acme.example"])
    with pytest.raises(InputError):
        writer.append([-1], emails=["a@acme.example"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | st.text(st.characters(), max_size=40), min_size=5, max_size=5))
def test_any_text_is_looked_up_without_an_error(matcher: DuplicateMatcher, texts: list[str | None]) -> None:
    matcher.match(*texts)
