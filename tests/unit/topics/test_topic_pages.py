import base64
import hashlib
import json
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pytest

from build_artifacts.topics.export.history import History, ThemeLine
from build_artifacts.topics.export.history_page import history_page
from build_artifacts.topics.export.map_page import map_page
from build_artifacts.topics.export.table_columns import KEYWORDS
from build_artifacts.topics.export.topic_map import TopicMap
from build_artifacts.topics.export.tree_page import tree_page

ATTACK = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\" ' & \u2028"


class Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._in_script = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._in_script = False

    def handle_data(self, data):
        if self._in_script:
            self.scripts[-1] += data
        self.text += data

    @property
    def data(self):
        """What the page's script reads."""
        return json.loads(self.scripts[0])

    @property
    def policy(self) -> str:
        """The content security policy."""
        return next(str(a["content"]) for _, a in self.elements if a.get("http-equiv") == "Content-Security-Policy")


def a_map() -> Page:
    topic_map = TopicMap(
        positions=np.array([[0.1, 0.2], [0.9, 1.0]], np.float32),
        theme_rows=np.array([1, 0], np.int32),
        themes=["Freight", ATTACK],
        firms=[ATTACK, "Acme"],
        titles=[ATTACK, "Ships"],
        summaries=[ATTACK, "long " * 200],
        keywords=[[ATTACK], ["ship", "port"]],
        n_sentences=[3, 4],
    )
    return Page(map_page(topic_map, ATTACK, ATTACK))


def a_history() -> Page:
    lines = (ThemeLine(1, ATTACK, (0.1, 0.5), (0.0, 0.1)), ThemeLine(2, "Freight", (0.3, 0.2), (0.1, 0.1)))
    return Page(history_page(History(("2021Q3", "2021Q4"), lines), ATTACK, ATTACK))


def a_tree() -> Page:
    keywords = pa.array([[{"word": ATTACK, "weight": 0.5}]] * 2, KEYWORDS)
    themes = pa.table({
        "theme_id": [7, 1], "parent_id": pa.array([None, 7], pa.int64()), "name": [ATTACK, "Freight"],
        "description": [ATTACK, "of ships"], "keywords": keywords, "n_firms": [1, 1200], "n_topics": [2, 2],
        "n_sentences": [3, 3], "embedding": [0, 0],
    })  # fmt: skip
    topics = pa.table({
        "theme_id": [1, 1], "title": [ATTACK, "Ships"], "firm": [ATTACK, None], "ticker": [None, "ACM"],
        "company_id": ["a", "b"], "n_sentences": [1, 9], "summary": [ATTACK, "of ships"],
    })  # fmt: skip
    return Page(tree_page(themes, topics, ATTACK, ATTACK))


PAGES = pytest.mark.parametrize("page", [a_map, a_history, a_tree])


@PAGES
def test_a_page_loads_nothing_from_elsewhere(page):
    attributes = [name for _, attributes in page().elements for name in attributes]

    assert not {"src", "href", "srcset", "data", "action", "background"} & set(attributes)
    assert page().policy.startswith("default-src 'none'; ")


@PAGES
def test_markup_in_what_firms_said_stays_text(page):
    elements = page().elements

    assert sum(tag == "script" for tag, _ in elements) in (0, 2)
    assert not any(tag == "img" for tag, _ in elements)
    assert not any(name.startswith("on") for _, attributes in elements for name in attributes)


@PAGES
def test_the_policy_allows_the_pages_own_script_and_no_other(page):
    page = page()
    own = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in page.scripts[1:]]

    allowed = f"'sha256-{own[0]}'" if own else "'none'"
    assert f"script-src {allowed};" in page.policy


def test_the_map_holds_every_topic_as_it_was_written():
    topics = a_map().data["topics"]

    assert topics["title"] == [ATTACK, "Ships"]
    assert topics["keywords"] == [ATTACK, "ship, port"]
    assert topics["theme"] == [1, 0]
    assert (topics["x"], topics["y"]) == ([0.1, 0.9], [0.2, 1.0])
    assert [a_map().data["firms"][firm] for firm in topics["firm"]] == [ATTACK, "Acme"]
    assert len(topics["summary"][1]) <= 400


def test_the_history_holds_the_shares_of_every_theme():
    data = a_history().data

    assert data["quarters"] == ["2021Q3", "2021Q4"]
    assert [(theme["name"], theme["firms"]) for theme in data["themes"]] == [
        (ATTACK, [0.1, 0.5]),
        ("Freight", [0.3, 0.2]),
    ]


def test_the_tree_shows_themes_under_their_parents_with_their_largest_topics_first():
    page = a_tree()

    assert page.text.index("1,200 firms") > page.text.index("1 firm ")
    assert page.text.index("Ships ACM · 9 sentences") < page.text.index(" · 1 sentence")
    assert [attributes for tag, attributes in page.elements if tag == "details"] == [{"open": None}, {}]
