"""What may become of a table overnight: the ordinary, and what a gate is for."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from account import Account

from build_artifacts.sample import write_sample

CUSTOMERS, COMPANIES = 300, 120


@dataclass(frozen=True)
class Tables:
    """A user's two tables."""

    customers: pd.DataFrame
    companies: pd.DataFrame

    @classmethod
    def of_sample(cls, folder: Path, seed: int) -> "Tables":
        paths = write_sample(folder, CUSTOMERS, COMPANIES, seed)
        return cls(pd.read_parquet(paths.customers), pd.read_parquet(paths.companies))

    def upload(self, account: Account, folder: Path) -> None:
        """As a nightly export does: under the same names."""
        folder.mkdir(parents=True, exist_ok=True)
        self.customers.to_parquet(folder / "customers.parquet")
        self.companies.to_parquet(folder / "companies.parquet")
        account.put_tables(folder)


def next_night(table: pd.DataFrame, newcomers: pd.DataFrame, share: float, seed: int = 0) -> pd.DataFrame:
    """`share` of the rows change: a third leave, as many come, and a third get the cells of another."""
    rng = np.random.default_rng(seed)
    third = max(round(len(table) * share / 3), 1)
    kept = table.drop(table.index[rng.permutation(len(table))[:third]]).reset_index(drop=True)
    fresh = newcomers.iloc[rng.permutation(len(newcomers))]
    edited = rng.permutation(len(kept))[:third]
    for column in [name for name in table.columns if not name.endswith("_id") and name not in ("is_current", "email")]:
        kept.loc[edited, column] = fresh[column].iloc[third : 2 * third].to_numpy()
    return pd.concat([kept, fresh[:third]], ignore_index=True)


def newcomers_of(table: pd.DataFrame, id_column: str) -> pd.DataFrame:
    """The rows of another sample under ids that nobody has yet."""
    return table.assign(**{id_column: "new-" + table[id_column].astype(str)})


def half(table: pd.DataFrame) -> pd.DataFrame:
    """Every other row is gone, as after an export that broke off."""
    return table.iloc[::2]


def with_flipped_labels(customers: pd.DataFrame, limit: float = 50_000) -> pd.DataFrame:
    """Who spent much has spent little, and the reverse: a sign lost in the query."""
    spend = customers["annual_spend"]
    flipped = np.where(spend >= limit, 1_000.0, 90_000.0)
    return customers.assign(annual_spend=np.where(spend.isna(), spend, flipped))
