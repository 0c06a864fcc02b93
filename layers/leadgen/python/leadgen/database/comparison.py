"""Two quarters compared: which themes are new, gone, grown or shrunk."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from leadgen.database.runs import RunReference
from leadgen.database.schema import Firm, Theme
from leadgen.errors import LeadgenError


class NotComparableError(LeadgenError):
    """The runs' themes have nothing to do with each other."""


@dataclass(frozen=True, slots=True)
class Presence:
    """How much of a run a theme is: counts, and shares (0 to 1) of the run's firms and clustered sentences."""

    n_topics: int = 0
    n_firms: int = 0
    n_sentences: int = 0
    share_of_firms: float = 0.0
    share_of_sentences: float = 0.0


@dataclass(frozen=True, slots=True)
class ThemeChange:
    """A theme in two runs; all is 0 in the one that lacks it. `name` is the later run's where that has the theme."""

    theme_id: int
    name: str
    before: Presence
    after: Presence

    @property
    def growth(self) -> tuple[float, float]:
        """By share of firms, then by share of sentences: firms differ in number from quarter to quarter."""
        before, after = self.before, self.after
        return after.share_of_firms - before.share_of_firms, after.share_of_sentences - before.share_of_sentences


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every theme of the two runs once, the greatest change of each list first."""

    new: list[ThemeChange]
    gone: list[ThemeChange]
    grown: list[ThemeChange]
    shrunk: list[ThemeChange]
    unchanged: list[ThemeChange]


_Themes = dict[int, tuple[str, Presence]]


def compare(connection: Connection, before: RunReference, after: RunReference, level: int) -> Comparison:
    """The themes of a level in both runs.

    Raises NotComparableError for different text models, whose themes are never matched.
    """
    if before.text_model_sha256 != after.text_model_sha256:
        raise NotComparableError(
            f"Run {before.run_id} was made with the text model {before.text_model} "
            f"({before.text_model_sha256[:12]}), run {after.run_id} with {after.text_model} "
            f"({after.text_model_sha256[:12]}): no theme could be matched. Run one of the quarters anew"
        )
    earlier, later = _themes(connection, before.run_id, level), _themes(connection, after.run_id, level)
    kept = [_change(theme_id, earlier, later) for theme_id in earlier.keys() & later.keys()]
    return Comparison(
        new=_sorted(_change(theme_id, earlier, later) for theme_id in later.keys() - earlier.keys()),
        gone=_sorted(_change(theme_id, earlier, later) for theme_id in earlier.keys() - later.keys()),
        grown=_sorted(change for change in kept if change.growth > (0, 0)),
        shrunk=_sorted(change for change in kept if change.growth < (0, 0)),
        unchanged=_sorted(change for change in kept if change.growth == (0, 0)),
    )


def _themes(connection: Connection, run_id: int, level: int) -> _Themes:
    totals = select(func.count(), func.coalesce(func.sum(Firm.n_clustered), 0))
    firms, sentences = connection.execute(totals.where(Firm.run_id == run_id, Firm.status == "done")).one()
    columns = (Theme.id, Theme.name, Theme.n_topics, Theme.n_firms, Theme.n_sentences)
    rows = connection.execute(select(*columns).where(Theme.run_id == run_id, Theme.level == level))
    return {
        row.id: (row.name, Presence(*row[2:], row.n_firms / max(firms, 1), row.n_sentences / max(sentences, 1)))
        for row in rows
    }


def _change(theme_id: int, earlier: _Themes, later: _Themes) -> ThemeChange:
    absent = ("", Presence())
    old, new = earlier.get(theme_id, absent), later.get(theme_id, absent)
    return ThemeChange(theme_id, new[0] or old[0], old[1], new[1])


def _sorted(changes: Iterable[ThemeChange]) -> list[ThemeChange]:
    return sorted(changes, key=lambda change: (*(-abs(part) for part in change.growth), change.theme_id))
