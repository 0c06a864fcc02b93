"""The sample: the same for the same seed, believable, learnable, and as dirty as real tables."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from leadgen.duplicates import company_domain, email_problem, parse_email
from leadgen.errors import ConfigurationError
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from build_artifacts.sample import SamplePaths, write_sample
from build_artifacts.sample.industries import INDUSTRIES
from build_artifacts.sample.people import SIZES

REQUEST_COLUMNS = {
    "customer_id",
    "name",
    "industry",
    "company_size",
    "country",
    "job_title",
    "bio",
    "web_activity_score",
    "email_engagement_score",
    "email",
}


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> SamplePaths:
    return write_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def customers(paths: SamplePaths) -> pd.DataFrame:
    return pd.read_parquet(paths.customers)


@pytest.fixture(scope="module")
def companies(paths: SamplePaths) -> pd.DataFrame:
    return pd.read_parquet(paths.companies)


@pytest.fixture(scope="module")
def leads(paths: SamplePaths) -> pd.DataFrame:
    return pd.read_parquet(paths.leads)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path, kind: str) -> None:
    def written(name: str, seed: int) -> list[bytes]:
        found = write_sample(tmp_path / name, customers=300, companies=100, seed=seed, format=kind)  # type: ignore[arg-type]
        return [path.read_bytes() for path in (found.customers, found.companies, found.leads, found.transcripts)]

    assert written("one", 7) == written("two", 7)
    assert written("one", 7) != written("three", 8)
    assert {path.suffix for path in (tmp_path / "one").iterdir()} == {f".{kind}"}


def test_parquet_and_csv_hold_the_same_rows(tmp_path: Path) -> None:
    parquet = write_sample(tmp_path / "p", customers=200, companies=50)
    csv = write_sample(tmp_path / "c", customers=200, companies=50, format="csv")
    for name in ("customers", "companies", "leads", "transcripts"):
        one = pd.read_parquet(getattr(parquet, name))
        other = pd.read_csv(getattr(csv, name), dtype={"sic": str})
        assert list(one.columns) == list(other.columns)
        assert len(one) == len(other)
        assert one["name"].fillna("").tolist() == other["name"].fillna("").tolist()


def test_current_versions_are_as_many_as_asked_for(customers: pd.DataFrame) -> None:
    assert customers["is_current"].sum() == 5000
    superseded = customers[~customers["is_current"]]
    assert 0.08 < len(superseded) / 5000 < 0.16
    assert superseded["valid_to"].notna().all()
    assert customers.loc[customers["is_current"], "valid_to"].isna().all()
    assert set(superseded["customer_id"].dropna()) <= set(customers.loc[customers["is_current"], "customer_id"])


def test_high_spenders_are_a_minority_that_can_be_learned(customers: pd.DataFrame) -> None:
    rows = customers[customers["is_current"] & customers["annual_spend"].notna()]
    high = (rows["annual_spend"] >= 50_000).to_numpy()
    assert 0.13 < high.mean() < 0.22
    columns = rows[["industry", "company_size"]].apply(lambda c: c.str.strip().str.lower().astype("category").cat.codes)
    features = np.column_stack([columns, rows[["web_activity_score", "email_engagement_score"]]])
    train = np.arange(len(rows)) % 5 > 0
    model = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(features[train], high[train])
    auc = roc_auc_score(high[~train], model.predict_proba(features[~train])[:, 1])
    assert 0.72 < auc < 0.95


def test_titles_and_biographies_tell_of_spending(customers: pd.DataFrame) -> None:
    rows = customers[customers["is_current"] & customers["bio"].notna() & customers["job_title"].notna()]
    high = rows["annual_spend"] >= 50_000
    assert high[rows["bio"].str.contains("vendors|suppliers|budget for")].mean() > 1.4 * high.mean()
    assert high[rows["bio"].str.contains("class paper|white papers")].mean() < 0.7 * high.mean()
    assert high[rows["job_title"].str.contains("Chief|VP")].mean() > 1.4 * high.mean()


def test_unusable_rows_are_there_but_few(customers: pd.DataFrame) -> None:
    current = customers[customers["is_current"]]
    nameless = current["customer_id"].isna().sum()
    repeated = current["customer_id"].dropna().duplicated().sum()
    empty = current[["name", "bio", "job_title", "industry"]].isna().all(axis=1).sum()
    assert min(nameless, repeated, empty) >= 1
    assert (nameless + repeated + empty) / len(current) < 0.01
    assert 1 <= current["email"].dropna().str.strip().str.lower().duplicated().sum() < 30


def test_cells_are_missing_and_misspelt_as_in_real_tables(customers: pd.DataFrame) -> None:
    current = customers[customers["is_current"]]
    for column in ("bio", "company_size", "web_activity_score", "email"):
        assert 0.01 < current[column].isna().mean() < 0.1
    written = set(customers["industry"].dropna())
    names = {industry.name for industry in INDUSTRIES}
    assert written > names
    assert {value.strip().lower() for value in written} == {name.lower() for name in names}
    assert set(customers["company_size"].dropna()) == set(SIZES)


def test_scores_lie_between_0_and_100(customers: pd.DataFrame) -> None:
    for column in ("web_activity_score", "email_engagement_score"):
        assert customers[column].min() >= 0
        assert customers[column].max() <= 100


def test_addresses_are_usable_and_can_reach_nobody(
    customers: pd.DataFrame, leads: pd.DataFrame, companies: pd.DataFrame
) -> None:
    for address in [*customers["email"].dropna(), *leads["email"].dropna()]:
        assert email_problem(address) is None, address
        email = parse_email(address)
        assert email is not None
        assert re.search(r"(\.example|^example\.(com|net|org))$", email.domain), address
    assert companies["website"].dropna().str.endswith(".example").all()


def test_every_company_has_its_own_domain_and_name(companies: pd.DataFrame) -> None:
    named = companies.drop_duplicates("company_id")
    assert named["website"].dropna().is_unique
    assert named["name"].dropna().is_unique
    assert company_domain("example.com") is None


def test_companies_describe_what_their_industry_does(companies: pd.DataFrame) -> None:
    described = companies.dropna(subset=["description"])
    assert described["industry"].nunique() == len(INDUSTRIES) >= 15
    assert described["description"].is_unique
    vocabulary = {
        industry.name: {word for niche in industry.niches for word in (*niche.products, *niche.customers)}
        for industry in INDUSTRIES
    }
    for industry, text in zip(described["industry"], described["description"], strict=True):
        assert any(word in text for word in vocabulary[industry])
        assert "{" not in text
    assert described["description"].str.len().median() > 200


def test_names_come_from_many_languages(customers: pd.DataFrame) -> None:
    assert (~customers["name"].dropna().map(str.isascii)).mean() > 0.15


def test_leads_fit_the_request_and_some_are_known_customers(leads: pd.DataFrame, customers: pd.DataFrame) -> None:
    assert len(leads) == 200
    assert set(leads.columns) >= REQUEST_COLUMNS
    assert "annual_spend" not in leads
    known = {email.exact for email in map(parse_email, customers["email"].dropna()) if email}
    duplicates = [email for email in map(parse_email, leads["email"].dropna()) if email and email.exact in known]
    assert len(duplicates) == 12
    assert leads["customer_id"].is_unique


def test_large_samples_are_written_in_row_groups(tmp_path: Path) -> None:
    paths = write_sample(tmp_path, customers=45_000, companies=10)
    file = pq.ParquetFile(paths.customers)
    assert file.num_row_groups == 3
    file.close()


def test_one_customer_and_one_company_are_enough(tmp_path: Path) -> None:
    paths = write_sample(tmp_path, customers=1, companies=1)
    assert pd.read_parquet(paths.customers)["is_current"].sum() == 1


@pytest.mark.parametrize("wrong", [{"customers": 0}, {"companies": 0}, {"seed": -1}, {"format": "xlsx"}])
def test_impossible_samples_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        write_sample(tmp_path, **wrong)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
