"""What a build is told about a table: where it is and what its columns mean."""

from dataclasses import dataclass, field
from typing import Literal

from leadgen.features import ColumnPlan
from leadgen.index import Kind


def is_pairs(similar_by: str) -> bool:
    """True where `--companies-similar-by` is a file of pairs rather than a column."""
    return similar_by.lower().endswith((".csv", ".parquet"))


@dataclass(frozen=True, slots=True)
class TableOptions:
    """The flags of one table; the customers' and the companies' are the same."""

    input_path: str
    id_col: str
    text_cols: tuple[str, ...] = ()
    cat_cols: tuple[str, ...] = ()
    num_cols: tuple[str, ...] = ()
    email_col: str | None = None
    name_col: str | None = None
    company_col: str | None = None
    website_col: str | None = None
    city_col: str | None = None
    country_col: str | None = None
    current_col: str | None = None
    high_value: str | None = None
    """A column, or a comparison such as `annual_spend >= 50000`."""
    filter_cols: tuple[str, ...] = ()
    show_cols: tuple[str, ...] = ()
    mask_cols: tuple[str, ...] = ()
    similar_by: str | None = None
    lead_sentence: bool = False
    missing_values: tuple[str, ...] = ColumnPlan().missing_values
    named: frozenset[str] = frozenset()
    """Columns that the user named: their absence is worth a warning, that of a default is not."""
    max_rejected_share: float = 0.2
    source: str | None = None
    """What the manifest calls the input, where `input_path` is only a copy of it."""
    malformed: str | None = None
    """A file of what was wrong with lines that such a copy lacks, one a line; they count as rejected."""

    @property
    def plan(self) -> ColumnPlan:
        """The columns that make the vector."""
        return ColumnPlan(
            text=self.text_cols,
            categories=self.cat_cols,
            numbers=self.num_cols,
            mask=self.mask_cols,
            lead_sentence=self.lead_sentence,
            missing_values=tuple(value.casefold() for value in self.missing_values),
        )

    @property
    def duplicate_columns(self) -> dict[str, str]:
        """Which columns show that two rows are one person or company."""
        roles = {
            "name": self.name_col,
            "company": self.company_col,
            "country": self.country_col,
            "city": self.city_col,
            "website": self.website_col,
        }
        return {role: column for role, column in roles.items() if column}

    @property
    def optional_columns(self) -> tuple[str, ...]:
        """Every column that is used where it exists."""
        similar_by = None if self.similar_by and is_pairs(self.similar_by) else self.similar_by
        named = (self.email_col, self.current_col, *self.duplicate_columns.values(), similar_by)
        plain = tuple(column for column in named if column)
        return tuple(dict.fromkeys((*self.plan.features, *self.mask_cols, *plain, *self.filter_cols, *self.show_cols)))


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """One build of a bundle."""

    artifacts: str
    cache: str
    text_model: str = "auto"
    customers: TableOptions | None = None
    companies: TableOptions | None = None
    seed: int = 0
    threads: int = 2
    band_precisions: dict[str, float] = field(default_factory=lambda: {"hot": 0.7, "warm": 0.4})
    index_kind: Kind | Literal["auto"] = "auto"
