"""What is read of a page."""

import json
from contextlib import suppress

import pytest

from build_artifacts.descriptions.extraction.extract import TooComplexError, extract_in_time, extract_page
from build_artifacts.descriptions.extraction.links import promise
from build_artifacts.descriptions.extraction.page import Page
from build_artifacts.descriptions.extraction.text import clean, split_sentences

BODY = """
<p>Acme Ltd. makes anvils for Mr. Coyote and his friends in the desert. They fall well, and they always come back.</p>
<p>Our forges in Arizona deliver to every canyon within a day, whatever the weather may be like.</p>
<p>Each anvil is tested by dropping it from a cliff that was chosen for this purpose by our engineers.</p>
"""


def read(body, head="", content_type="text/html"):
    html = f"<html><head>{head}</head><body>{body}</body></html>"
    return extract_page(html.encode(), content_type, "http://www.acme.com/")


def test_main_text_is_split_into_sentences():
    assert list(read(BODY).sentences) == [
        "Acme Ltd. makes anvils for Mr. Coyote and his friends in the desert.",
        "They fall well, and they always come back.",
        "Our forges in Arizona deliver to every canyon within a day, whatever the weather may be like.",
        "Each anvil is tested by dropping it from a cliff that was chosen for this purpose by our engineers.",
    ]


@pytest.mark.parametrize(
    "around",
    [
        "<nav><p>{}</p></nav>",
        "<footer><p>{}</p></footer>",
        '<div role="navigation"><p>{}</p></div>',
        '<div class="main-menu"><p>{}</p></div>',
        '<div id="onetrust-banner"><p>{}</p></div>',
        '<div class="CookieConsent"><p>{}</p></div>',
        "<p>We use cookies. {} cookies</p>",
        "<form><select><option>{}</option></select></form>",
    ],
)
def test_what_is_around_the_main_text_is_left_out(around):
    other = "The quick brown fox jumps over the lazy dog in the garden of the queen."
    page = read(BODY + around.format(other))
    assert other not in page.sentences
    assert len(page.sentences) == 4


def test_what_the_site_says_of_itself_in_metadata_is_kept():
    organisation = {
        "@graph": [{"@type": ["Organization"], "name": "Acme", "description": "Acme makes anvils that fall well."}]
    }
    head = (
        '<title> Acme\n Anvils </title><meta name="Description" content="Anvils for coyotes, delivered to the canyon.">'
        f'<script type="application/ld+json">{json.dumps(organisation)}</script>'
        '<script type="application/ld+json">{"@type</script>'
    )
    page = read(BODY + "<h1>Anvils that fall</h1>", head)
    assert page.title == "Acme Anvils"
    assert page.names == ["Acme"]
    assert page.statements == ["Anvils for coyotes, delivered to the canyon.", "Acme makes anvils that fall well."]
    assert page.headings == ["Anvils that fall"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wir fertigen Ambosse für Schmieden und Schulen im ganzen Land, und wir liefern sie schnell. " * 4, "de"),
        ("Nous fabriquons des enclumes pour les forges et les écoles de tout le pays depuis longtemps. " * 4, "fr"),
        (BODY, "en"),
    ],
)
def test_the_language_is_the_one_of_the_text(text, language):
    assert read(f"<p>{text}</p>").language == language


def test_links_lead_to_pages_on_the_company_of_the_same_site():
    body = """
    <a href="/products">Products</a><a href="about.html">More</a><a href="http://shop.acme.com/who-we-are">x</a>
    <a href="http://other.com/about">Other</a><a href="/privacy-about-us">p</a><a href="mailto:a@b.c">m</a>
    <a href="/x">About us</a>
    """
    found = [url for url, _ in read(body).links]
    assert set(found[:3]) == {
        "http://www.acme.com/about.html",
        "http://shop.acme.com/who-we-are",
        "http://www.acme.com/x",
    }
    assert found[3:] == ["http://www.acme.com/products"]


@pytest.mark.parametrize(
    "url", ["/ueber-uns", "/qui-sommes-nous", "/chi-siamo", "/quienes-somos", "/over-ons", "/%D0%BE-%D0%BD%D0%B0%D1%81"]
)
def test_about_pages_are_known_in_other_languages(url):
    assert promise(f"http://acme.com{url}") >= 2


def test_a_page_of_tables_is_read_by_cell():
    rows = (
        "<tr><td>Acme makes anvils for coyotes in the desert.</td><td>It delivers them within a day or two.</td></tr>"
    )
    cell = "<tr><td>" + "Our forges in Arizona are open to visitors during the whole year. " * 3 + "</td></tr>"
    assert "Acme makes anvils for coyotes in the desert." in read(f"<table>{rows}{cell}</table>").sentences


def test_contact_details_are_never_kept():
    page = read(
        BODY + "<p>Write to Mr. Runner at runner@acme.com or visit 12 Canyon Road in Phoenix.</p>"
        "<p>Call us on 555 010 9999 for more.</p>"
    )
    assert len(page.sentences) == 4


@pytest.mark.parametrize(
    "body", [b"", b"\x00\xff\xfe", b"<" * 5000, b"<div>" * 3000, b"<html></html>", "\ufeff<p>ü</p>".encode("utf-16")]
)
def test_no_bytes_end_the_run(body):
    with suppress(TooComplexError):
        assert extract_in_time(body, "text/html; charset=nonsense", "http://acme.com/").characters == 0


def test_invisible_characters_are_taken_out():
    assert clean("A\u200bn\u00advil\u202e  \n ﬁts\x00") == "Anvil fits"


def test_sentences_end_where_they_end():
    text = "Founded in 1901 by J. P. Smith. It sells, e.g. Nails. We are No. 1! But why? 我们制造。他们买。"
    assert split_sentences(text) == [
        "Founded in 1901 by J. P. Smith.", "It sells, e.g. Nails.", "We are No. 1!", "But why? 我们制造。", "他们买。",
    ]  # fmt: skip


def test_a_page_is_stored_and_read_again():
    page = read(BODY + '<a href="/about">About</a>', "<title>Acme</title>")
    assert Page.from_json(page.to_json()) == page
