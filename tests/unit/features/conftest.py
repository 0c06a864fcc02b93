"""Rows of text, categories and numbers with gaps, and a space fitted on them."""

import numpy as np
import pytest
from leadgen.features import ColumnPlan, VectorSpace
from leadgen.text import HashingTextModel, hashing_spec

from build_artifacts.indices.fit_space import fit_space

WORDS = {
    "energy": "wind turbine solar grid power panel storage plant",
    "health": "patient clinic nurse therapy hospital doctor vaccine care",
    "retail": "shop store fashion basket customer brand outlet apparel",
}
PLAN = ColumnPlan(text=("title", "bio"), categories=("industry", "country"), numbers=("size", "score"))


def make_rows(count=160, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        industry = str(rng.choice(list(WORDS)))
        row = {
            "title": str(rng.choice(["head of sales", "engineer", "buyer"])),
            "bio": " ".join(rng.choice(WORDS[industry].split(), 12)),
            "industry": industry,
            "country": str(rng.choice(["PT", "DE", "FI"])),
            "size": float(np.exp(rng.normal(4, 2))),
            "score": float(rng.random()),
        }
        for column in rng.choice(list(row), rng.integers(0, 3), replace=False):
            row[column] = None
        rows.append(row)
    return rows


@pytest.fixture(scope="session")
def text_model():
    return HashingTextModel(hashing_spec(48))


@pytest.fixture(scope="session")
def plan():
    return PLAN


@pytest.fixture(scope="session")
def rows():
    return make_rows()


@pytest.fixture(scope="session")
def space(rows, text_model) -> VectorSpace:
    passages = [PLAN.passage(row) for row in rows]
    space = fit_space(rows, passages, text_model.encode(passages), PLAN, 12, seed=0)
    assert list(space.spec.widths) == ["neural", "lexical", "tabular"]
    return space.with_metric({"neural": 0.4, "lexical": 0.25, "tabular": 0.35}, None)
