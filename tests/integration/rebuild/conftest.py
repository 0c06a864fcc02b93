"""An account with tables in it, and builds of the project over it, each a night after the other."""

from collections.abc import Callable, Iterator

import pytest
from account import Account
from codebuild import Build, run_build
from nights import Tables, newcomers_of, next_night


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return Tables.of_sample(tmp_path_factory.mktemp("tables"), seed=7)


@pytest.fixture(scope="session")
def tomorrow(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The tables a night later: 2 % of the rows have changed."""
    others = Tables.of_sample(tmp_path_factory.mktemp("others"), seed=11)
    return Tables(
        next_night(tables.customers, newcomers_of(others.customers, "customer_id"), 0.02),
        next_night(tables.companies, newcomers_of(others.companies, "company_id"), 0.02),
    )


@pytest.fixture(scope="module")
def account(moto_endpoint: str) -> Iterator[Account]:
    """An account of its own for each module."""
    account = Account.create(moto_endpoint)
    yield account
    account.remove()


@pytest.fixture(scope="module")
def build(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Build]:
    """`build(LEADGEN_X="…")`: one build of the project, on a fresh disk."""
    disk = tmp_path_factory.mktemp("codebuild")
    return lambda **settings: run_build(account, disk, **settings)


@pytest.fixture(scope="module")
def upload(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Tables], None]:
    """Put tables where the next build finds them."""
    return lambda given: given.upload(account, tmp_path_factory.mktemp("upload"))


@pytest.fixture(scope="module")
def first(account: Account, build: Callable[..., Build], upload: Callable[[Tables], None], tables: Tables) -> Build:
    """The first build over a user's tables, and its release in service."""
    upload(tables)
    built = build()
    assert built.result.succeeded, built.result.output
    account.roll_out()
    return built
