"""Companies: their own domain, and their name without legal form at a place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leadgen.duplicates import (
    company_domain,
    company_domains,
    company_name_key,
    name_without_suffix,
    parse_email,
    place_key,
    registrable_domain,
    website_domain,
)


@pytest.mark.parametrize(
    ("domain", "owned"),
    [
        ("mail.eu.acme.co.uk", "acme.co.uk"),
        ("acme.example", "acme.example"),
        ("shop.acme.github.io", "acme.github.io"),
        ("co.uk", None),
        ("a.b.xn--55qx5d.cn", "b.xn--55qx5d.cn"),
    ],
)
def test_the_registrable_domain_follows_the_public_suffix_list(domain: str, owned: str | None) -> None:
    assert registrable_domain(domain) == owned


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.Acme.example/about?x=1#y", "www.acme.example"),
        ("acme.example:8080/path", "acme.example"),
        ("//acme.example", "acme.example"),
        ("http://user:secret@acme.example/", "acme.example"),
        ("http://bücher.example", "xn--bcher-kva.example"),
        ("http://[::1]/", None),
        ("http://127.0.0.1/", None),
        ("n/a", None),
        ("", None),
        ("x" * 1_000_000, None),
    ],
)
def test_a_website_shows_its_domain(website: str, domain: str | None) -> None:
    assert website_domain(website) == domain


@pytest.mark.parametrize("shared", ["gmail.com", "web.de", "www.facebook.com", "uk.linkedin.com", "example.com"])
def test_free_mail_and_social_sites_are_no_company(shared: str) -> None:
    assert company_domain(shared) is None


def test_address_and_website_show_the_companys_domains_once() -> None:
    assert company_domains(parse_email("a@mail.acme.example"), "https://www.acme.example") == ["acme.example"]
    assert company_domains(parse_email("a@gmail.com"), "https://acme.example") == ["acme.example"]
    assert company_domains(parse_email("a@x.example"), "y.example") == ["y.example", "x.example"]
    assert company_domains(None, None) == []


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("Acme, Inc.", "Acme"),
        ("Foo (Asia) Co., Ltd.", "Foo"),
        ("Abc (Thailand) Public Company Limited", "Abc"),
        ("Müller & Söhne GmbH & Co. KG", "Müller & Söhne"),
        ("Kowalski Sp. z o.o.", "Kowalski"),
        ("Grupo Ruiz, S.A.B. de C.V.", "Grupo Ruiz"),
        ("AB Berg (publ)", "Berg"),
        ("PT Maju Tbk", "Maju"),
        ("Tanaka K.K.", "Tanaka"),
        ("Virtanen Oy", "Virtanen"),
        ("Jansen B.V.", "Jansen"),
        ("Hansen ApS", "Hansen"),
        ("Rossi S.p.A.", "Rossi"),
        ("Outback Pty Ltd", "Outback"),
        ("Lion Sdn. Bhd.", "Lion"),
        ("ООО «Ромашка»", "Ромашка"),
        ("三菱重工業株式会社", "三菱重工業"),
        ("U.S. Freight Enterprises, Inc.", "U.S. Freight Enterprises"),
        ("Group Ltd", "Group"),
        ("S.A.", "S.A."),
        ("", ""),
        ("...", "..."),
    ],
)
def test_a_name_loses_its_legal_form_and_nothing_else(name: str, core: str) -> None:
    assert name_without_suffix(name) == core


def test_spellings_of_one_company_share_a_key() -> None:
    keys = {company_name_key(n) for n in ("Müller & Söhne GmbH", "MULLER and SOHNE", "Muller Söhne G.m.b.H.")}
    assert keys == {"mullersohne"}
    assert company_name_key(None) == company_name_key("") == ""
    assert company_name_key("Acme North GmbH") != company_name_key("Acme South GmbH")


def test_a_place_needs_a_country_and_knows_its_common_names() -> None:
    assert place_key("USA", "New York") == place_key("United States", "new-york")
    assert place_key("UK") == place_key("United Kingdom")
    assert place_key(None, "Paris") == place_key("", "Paris") == ""
    assert place_key("France", "Paris") != place_key("France")


@given(st.text(st.characters(), max_size=60))
def test_any_text_is_read_as_a_name_or_website_without_an_error(text: str) -> None:
    assert len(name_without_suffix(text)) <= len(text)
    assert company_name_key(text) == company_name_key(text)
    company_domain(website_domain(text))
