"""What an address becomes, which addresses are one mailbox, and that no text can break the reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leadgen.duplicates import email_problem, parse_email


def canonical(text: str) -> str | None:
    email = parse_email(text)
    return email.canonical if email else None


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        ("  Dana.Reyes@Acme.Example \n", "dana.reyes@acme.example"),
        ("\ufeffdana@acme.example\u200b", "dana@acme.example"),
        ("dana@acme.example", "dana@acme.example"),
        ("dana@bücher.example", "dana@xn--bcher-kva.example"),
        ("dana@XN--BCHER-KVA.example", "dana@xn--bcher-kva.example"),
        ("dana@straße.example", "dana@xn--strae-oqa.example"),
        ("dana@例え。テスト", "dana@xn--r8jz45g.xn--zckzah"),
        ("jo\u0308rg@acme.example", "j\u00f6rg@acme.example"),
        ("dana@acme.example.", "dana@acme.example"),
    ],
)
def test_spellings_of_one_address_have_one_form(written: str, exact: str) -> None:
    email = parse_email(written)
    assert email is not None
    assert email.exact == exact


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dana.reyes@gmail.com", "danareyes@gmail.com"),
        ("d.a.n.a+crm@googlemail.com", "dana@gmail.com"),
        ("dana+news@outlook.com", "dana@outlook.com"),
        ("dana+x@hotmail.co.uk", "dana@hotmail.co.uk"),
        ("dana+x@icloud.com", "dana@icloud.com"),
        ("dana+x@me.com", "dana@me.com"),
        ("dana+x@fastmail.com", "dana@fastmail.com"),
        ("dana+x@proton.me", "dana@proton.me"),
    ],
)
def test_a_providers_own_variants_are_one_mailbox(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dana+x@acme.example", "dana@acme.example"),
        ("da.na@acme.example", "dana@acme.example"),
        ("da.na@outlook.com", "dana@outlook.com"),
        ("da.na@icloud.com", "dana@icloud.com"),
        ("dana-x@yahoo.com", "dana@yahoo.com"),
        ("dana@outlook.com", "dana@hotmail.com"),
        ("dana@outlook.com", "dana@outlook.fr"),
        ("dana+x@mail.gmail.com", "dana@mail.gmail.com"),
        ("dana@proton.me", "dana@pm.me"),
        ("dana@me.com", "dana@icloud.com"),
    ],
)
def test_addresses_stay_apart_where_no_provider_says_they_are_one(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_a_tag_without_a_name_is_kept() -> None:
    assert canonical("+tag@gmail.com") == "+tag@gmail.com"
    assert canonical("...@gmail.com") is None


@pytest.mark.parametrize(
    "local", ["info", "Sales", "no-reply", "sales.emea", "support-team", "customer.service", "hr+jobs"]
)
def test_an_address_that_a_team_reads_is_no_person(local: str) -> None:
    email = parse_email(f"{local}@acme.example")
    assert email is not None
    assert email.is_role


@pytest.mark.parametrize("local", ["dana", "info.smith", "salesforce", "de", "north.west", "adminah"])
def test_a_name_that_only_resembles_a_role_is_a_person(local: str) -> None:
    email = parse_email(f"{local}@acme.example")
    assert email is not None
    assert not email.is_role


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "is missing"),
        ("", "is empty"),
        (" \t", "is empty"),
        ("dana", "exactly one @"),
        ("dana@x@acme.example", "exactly one @"),
        ("@acme.example", "nothing before the @"),
        ("dana@", "valid Internet name"),
        ("dana@localhost", "valid Internet name"),
        ("dana@127.0.0.1", "valid Internet name"),
        ("dana@[127.0.0.1]", "valid Internet name"),
        ("dana@acme..example", "valid Internet name"),
        ("dana@-acme.example", "valid Internet name"),
        ("dana@xn--a-ecp.example", "valid Internet name"),
        (f"dana@{'a' * 64}.example", "valid Internet name"),
        ("dana reyes@acme.example", "a space"),
        ("da\u200bna@acme.example", "invisible"),
        ("da\x00na@acme.example", "invisible"),
        ("da\ud800na@acme.example", "invisible"),
        (".dana@acme.example", "misplaced dot"),
        ("da..na@acme.example", "misplaced dot"),
        ('"dana"@acme.example', "quoting"),
        (f"{'a' * 65}@acme.example", "64 characters"),
        (f"{'a' * 60}@{'b.' * 100}example", "254 characters"),
        ("a" * 10_000_000, "254 characters"),
    ],
)
def test_an_unusable_address_says_why(text: str | None, reason: str) -> None:
    assert parse_email(text) is None
    problem = email_problem(text)
    assert problem is not None
    assert reason in problem


@given(st.text(st.characters(), max_size=80) | st.builds("{}@{}".format, st.text(), st.text()))
def test_any_text_is_read_without_an_error_and_normal_forms_are_stable(text: str) -> None:
    email = parse_email(text)
    assert (email is None) == (email_problem(text) is not None)
    if email is not None:
        again = parse_email(email.exact)
        assert again == email


def test_hostile_text_is_read() -> None:
    for text in (
        "a@" + "a." * 500,
        "a." * 500 + "@b.example",
        "\ufdfa" * 1024,
        "@" * 1024,
        "a@" + "\ufdfa" * 1000,
    ):
        assert parse_email(text) is None
