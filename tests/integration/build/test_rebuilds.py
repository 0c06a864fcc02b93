import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from workplace import Workplace

LEAD = {
    "job_title": "Head of Sales",
    "bio": "we lease trucks in spain",
    "industry": "Energy",
    "web_activity_score": 40.0,
}


@pytest.fixture
def neural(workplace, make_checkpoint) -> Workplace:
    return Workplace(workplace.folder, str(make_checkpoint(workplace.folder / "tiny")))


def embedded(workplace) -> int:
    """How many texts the cache holds."""
    (path,) = (workplace.folder / "cache/embeddings").glob("*.sqlite")
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT COUNT(*) FROM embedding").fetchone()[0]


def change(workplace, table, rows) -> None:
    path = workplace.folder / f"{table}.parquet"
    frame = pd.read_parquet(path)
    column = "bio" if table == "customers" else "description"
    usable = frame.index[frame["is_current"] & frame["annual_spend"].notna()] if table == "customers" else frame.index
    frame.loc[usable[-rows:], column] = [f"we make wind turbine blades, plant {i}" for i in range(rows)]
    frame.to_parquet(path)


def test_a_rebuild_of_unchanged_tables_embeds_nothing_and_is_the_same_bundle(neural):
    assert neural.build() == 0
    first, texts = neural.current, embedded(neural)
    assert neural.build() == 0
    assert (neural.current, embedded(neural)) == (first, texts)


def test_a_rebuild_embeds_only_the_rows_that_changed(neural):
    assert neural.build() == 0
    first, texts = neural.current, embedded(neural)
    change(neural, "customers", 1)
    assert neural.build() == 0
    assert neural.current != first
    assert embedded(neural) == texts + 1
    change(neural, "companies", 1)
    assert neural.build() == 0
    # A company's first sentence is embedded beside its whole description, where the two differ.
    assert texts + 2 <= embedded(neural) <= texts + 3


def test_the_same_tables_give_the_same_bundle_from_an_empty_cache(neural):
    assert neural.build() == 0
    first = neural.current
    shutil.rmtree(neural.folder / "cache/embeddings")
    assert neural.build() == 0
    assert neural.current == first


def test_the_order_of_the_rows_hardly_moves_a_score(neural):
    assert neural.build() == 0
    before = neural.open().scorer.score([LEAD])[0].scores
    path = neural.folder / "customers.parquet"
    pd.read_parquet(path).sample(frac=1, random_state=3).to_parquet(path)
    assert neural.build() == 0
    after = neural.open().scorer.score([LEAD])[0].scores
    assert np.isclose(before.S_look, after.S_look, atol=0.02)
    assert np.isclose(before.S_novel, after.S_novel, atol=0.02)


def test_a_damaged_cache_is_named(workplace, capsys):
    assert workplace.build() == 0
    (path,) = (workplace.folder / "cache/embeddings").glob("*.sqlite")
    path.write_bytes(b"no database" * 1000)
    assert workplace.build() == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert str(path) in last
    path.unlink()
    assert workplace.build() == 0
