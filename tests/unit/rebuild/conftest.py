"""Bundles like the small one, after a night; each is built once."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from leadgen.engine import Engine

from build_artifacts.indices import build_indices
from build_artifacts.indices.options import BuildOptions
from build_artifacts.rebuild.gate import Samples
from build_artifacts.rebuild.samples import as_requests, sample_rows

KEY = "a secret of sufficient length"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def rebuilt(small_bundle, tmp_path_factory) -> Callable[..., tuple[Engine, Samples]]:
    """`rebuilt(customers=rows, companies=rows)`: a bundle of these rows, and requests drawn from them."""

    def write(rows: Rows, folder: Path, name: str) -> str:
        pq.write_table(pa.Table.from_pylist(rows), folder / name)
        return str(folder / name)

    def build(
        customers: Rows | None = None, companies: Rows | None = None, source: str | None = None
    ) -> tuple[Engine, Samples]:
        folder = tmp_path_factory.mktemp("rebuilt")
        leads = replace(
            small_bundle.customers,
            input_path=write(customers or small_bundle.customer_rows, folder, "customers.parquet"),
            source=source or small_bundle.customers.input_path,
        )
        firms = replace(
            small_bundle.companies,
            input_path=write(companies or small_bundle.company_rows, folder, "companies.parquet"),
            source=source or small_bundle.companies.input_path,
        )
        options = BuildOptions(
            artifacts=str(folder / "artifacts"), cache=str(folder / "cache"), text_model="hashing",
            customers=leads, companies=firms, threads=1,
        )  # fmt: skip
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LEADGEN_DIGEST_KEY", KEY)
            bundle = build_indices(options)
        requests = as_requests(sample_rows(leads, 400), leads)
        return Engine.open(bundle, digest_key=KEY, threads=1), Samples(requests, sample_rows(firms, 100))

    return build
