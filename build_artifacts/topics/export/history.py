"""How large each theme was in every quarter up to a run's."""

from dataclasses import dataclass

from leadgen.database.runs import RunReference
from leadgen.database.schema import Firm, Run, Theme
from sqlalchemy import Connection, func, select


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme's shares (0 to 1) of the firms and of the clustered sentences, quarter by quarter; 0 where it is not."""

    theme_id: int
    name: str
    firms: tuple[float, ...]
    sentences: tuple[float, ...]

    @property
    def change(self) -> float:
        """How its share of firms differs from the quarter before; 0 with one quarter."""
        return self.firms[-1] - self.firms[-2] if len(self.firms) > 1 else 0.0


@dataclass(frozen=True, slots=True)
class History:
    """The quarters, the exported run's last, and the themes of all of them, the largest in the last quarter first."""

    quarters: tuple[str, ...]
    themes: tuple[ThemeLine, ...]

    @property
    def largest(self) -> tuple[ThemeLine, ...]:
        """Themes that the last quarter has."""
        return tuple(line for line in self.themes if line.firms[-1] > 0)

    def most_changed(self, count: int) -> tuple[ThemeLine, ...]:
        """Up to `count` themes that grew most and up to `count` that shrank most, from growth to decline."""
        ordered = sorted(self.themes, key=lambda line: (-line.change, line.theme_id))
        grown = [line for line in ordered if line.change > 0][:count]
        shrunk = [line for line in ordered if line.change < 0][-count:]
        return (*grown, *shrunk)


def read_history(connection: Connection, run: RunReference) -> History:
    """The newest complete run of each quarter before the run's, with its text model: other themes are never matched.

    A theme has the name that it had last.
    """
    runs = _runs(connection, run)
    totals = {run_id: _totals(connection, run_id) for run_id in runs}
    columns = (Theme.run_id, Theme.id, Theme.name, Theme.n_firms, Theme.n_sentences)
    rows = connection.execute(select(*columns).where(Theme.run_id.in_(runs), Theme.level == 0)).all()
    sizes = {(row.id, row.run_id): row for row in rows}
    lines = []
    for theme_id in {row.id for row in rows}:
        seen = [sizes.get((theme_id, run_id)) for run_id in runs]
        lines.append(
            ThemeLine(
                theme_id=theme_id,
                name=[row.name for row in seen if row][-1],
                firms=tuple(row.n_firms / totals[row.run_id][0] if row else 0.0 for row in seen),
                sentences=tuple(row.n_sentences / totals[row.run_id][1] if row else 0.0 for row in seen),
            )
        )
    lines.sort(key=lambda line: (-line.firms[-1], -line.sentences[-1], line.theme_id))
    return History(tuple(runs.values()), tuple(lines))


def _runs(connection: Connection, run: RunReference) -> dict[int, str]:
    """Quarters by run, the oldest first; the run itself stands for its own quarter."""
    same_model = (Run.status == "complete") & (Run.text_model_sha256 == run.text_model_sha256)
    runs = (
        select(Run.quarter, Run.id)
        .where(same_model, (Run.quarter < run.quarter) | (Run.id == run.run_id))
        .order_by(Run.quarter, Run.id)
    )
    newest = {row.quarter: row.id for row in connection.execute(runs)}
    return {run_id: quarter for quarter, run_id in newest.items()}


def _totals(connection: Connection, run_id: int) -> tuple[int, int]:
    """Firms and clustered sentences of a run, at least 1 each."""
    totals = select(func.count(), func.coalesce(func.sum(Firm.n_clustered), 0))
    firms, sentences = connection.execute(totals.where(Firm.run_id == run_id, Firm.status == "done")).one()
    return max(firms, 1), max(sentences, 1)
