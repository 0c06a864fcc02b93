import pytest

from build_artifacts.topics.export.history import History, ThemeLine
from build_artifacts.topics.export.history_picture import history_picture


def line(theme_id: int, *firms: float) -> ThemeLine:
    return ThemeLine(theme_id, f"Theme {theme_id} of $5 and $6", firms, tuple(share / 10 for share in firms))


HISTORY = History(
    ("2021Q3", "2021Q4"),
    (line(1, 0.2, 0.5), line(2, 0.3, 0.3), line(3, 0.4, 0.1), line(4, 0.0, 0.05), line(5, 0.2, 0.0)),
)


def test_themes_that_changed_most_go_from_growth_to_decline():
    assert [theme.theme_id for theme in HISTORY.most_changed(2)] == [1, 4, 5, 3]
    assert [theme.theme_id for theme in HISTORY.most_changed(1)] == [1, 3]


def test_a_theme_that_is_gone_is_not_among_the_largest():
    assert [theme.theme_id for theme in HISTORY.largest] == [1, 2, 3, 4]


def test_one_quarter_has_no_changes():
    assert History(("2021Q3",), (line(1, 0.2), line(2, 0.1))).most_changed(5) == ()


@pytest.mark.parametrize(
    "history",
    [
        HISTORY,
        History(("2021Q3",), (line(1, 0.2), line(2, 0.1))),
        History(("2021Q3", "2021Q4"), (line(1, 0.2, 0.2),)),
        History(("2021Q3",), ()),
        History(tuple(f"{2015 + n // 4}Q{n % 4 + 1}" for n in range(24)), (line(1, *(n / 30 for n in range(24))),)),
    ],
    ids=["two quarters", "one quarter", "no change", "no themes", "six years"],
)
def test_every_history_can_be_drawn(history, tmp_path):
    history_picture(history, "Themes", "costs of $5 to $6 in 日本", tmp_path / "history.png")

    assert (tmp_path / "history.png").read_bytes().startswith(b"\x89PNG")
