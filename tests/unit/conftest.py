"""A small bundle of customers and companies, built once a session with the offline text model."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from leadgen.engine import Engine
from threadpoolctl import threadpool_limits

from build_artifacts.indices import build_indices
from build_artifacts.indices.options import BuildOptions, TableOptions

KEY = "a secret of sufficient length"
SECTORS = {
    "energy": "wind turbine solar grid power panel storage plant",
    "health": "patient clinic nurse therapy hospital doctor vaccine care",
    "retail": "shop store fashion basket customer brand outlet apparel",
}


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    """The matrices are so small that waking other cores, shared with other tests, takes longer than the sums."""
    with threadpool_limits(1):
        yield


@dataclass(frozen=True)
class SmallBundle:
    """The bundle opened, and the tables it was built from."""

    engine: Engine
    artifacts: Path
    customers: TableOptions
    companies: TableOptions
    customer_rows: list
    company_rows: list


def _customers(rng, count=240):
    rows = []
    for i in range(count):
        industry = str(rng.choice(list(SECTORS)))
        activity = float(rng.random())
        score = 2.5 * (industry == "energy") + 3 * activity - 2.5 + rng.normal(0, 0.5)
        rows.append(
            {
                "customer_id": f"c{i:03}",
                "name": f"Given{i} Family{i}",
                "email": f"given.{i}@firm{i // 2}.example",
                "industry": industry,
                "country": str(rng.choice(["PT", "DE", "FI"])),
                "bio": " ".join(rng.choice(SECTORS[industry].split(), 10)) + " " + str(rng.choice(["calm", "busy"])),
                "web_activity_score": activity if i % 11 else None,
                "is_current": i != 7,
                "annual_spend": 80_000.0 if score > 0.9 else 10_000.0,
            }
        )
    return rows


def _companies(rng, count=260):
    rows = []
    for i in range(count):
        sector = str(rng.choice(list(SECTORS)))
        name = f"Nimbus{i}"
        rows.append(
            {
                "company_id": "query" if i == 3 else f"k{i:03}",
                "name": name,
                "description": f"{name} sells things. " + " ".join(rng.choice(SECTORS[sector].split(), 12)),
                "sector": sector,
                "country": str(rng.choice(["PT", "DE", "FI"])),
                "employees": int(rng.integers(1, 5000)),
                "website": f"https://www.nimbus{i}.com" if i % 5 else None,
            }
        )
    return rows


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory) -> SmallBundle:
    folder = tmp_path_factory.mktemp("small")
    rng = np.random.default_rng(3)
    customer_rows, company_rows = _customers(rng), _companies(rng)
    for name, rows in (("customers", customer_rows), ("companies", company_rows)):
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    customers = TableOptions(
        input_path=str(folder / "customers.parquet"), id_col="customer_id", text_cols=("bio",),
        cat_cols=("industry", "country"), num_cols=("web_activity_score",), email_col="email", name_col="name",
        current_col="is_current", high_value="annual_spend >= 50000",
    )  # fmt: skip
    companies = TableOptions(
        input_path=str(folder / "companies.parquet"), id_col="company_id", text_cols=("description",),
        cat_cols=("country",), name_col="name", website_col="website", mask_cols=("name",), similar_by="sector",
        filter_cols=("country", "employees"), show_cols=("name", "sector", "employees"), lead_sentence=True,
    )  # fmt: skip
    artifacts = folder / "artifacts"
    options = BuildOptions(
        artifacts=str(artifacts), cache=str(folder / "cache"), text_model="hashing",
        customers=customers, companies=companies, threads=1,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADGEN_DIGEST_KEY", KEY)
        build_indices(options)
    engine = Engine.open(str(artifacts), digest_key=KEY, threads=1)
    current = [row for row in customer_rows if row["is_current"]]
    return SmallBundle(engine, artifacts, customers, companies, current, company_rows)
