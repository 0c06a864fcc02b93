"""Machines that are lost: the next one knows all that may have been spent, and no batch is paid for twice."""

import boto3
import pytest
from described_companies import farm_sites, options, repeats_the_first, write_companies
from openai_batches import FakeBatches
from openai_server import FakeModel
from site_farm import SiteFarm

from build_artifacts.descriptions.calls import CallLedger
from build_artifacts.descriptions.carrying import Carrier
from build_artifacts.descriptions.state import State
from build_artifacts.llm.ledger import Entry, Outcome

KEPT_AT = "s3://lost-machines/caches/descriptions"
CAP = 1.0


@pytest.fixture(autouse=True)
def bucket(moto_endpoint, monkeypatch):
    for name, value in {
        "AWS_ENDPOINT_URL": moto_endpoint, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    found = boto3.resource("s3").Bucket("lost-machines")
    found.create()
    found.object_versions.delete()
    return found


def pay(ledger, count, usd=0.004):
    """How many of so many questions were asked, each for `usd` of at most twice as much."""
    asked = 0
    for number in range(count):
        entry = Entry(f"q{number}:{id(ledger)}", f"q{number}", "test", "m", 2 * usd)
        if not ledger.reserve(entry, CAP):
            break
        ledger.settle(entry, Outcome(usd, 1, 1, {"n": number}))
        asked += 1
    return asked


def test_two_machines_together_stay_under_the_cap(tmp_path):
    saves = []
    carrier = Carrier(KEPT_AT)
    with State(tmp_path / "one") as state:

        def keep(allowed):
            saves.append(allowed)
            carrier.save(state, allowed)

        ledger = CallLedger(state.path, state.run, keep)
        first = pay(ledger, 110)
        spent = ledger.spent()
        ledger.close()
        assert first == 110
        assert len(saves) < 15
    # The first machine is gone, without a last word.
    Carrier(KEPT_AT).restore(tmp_path / "two")
    with State(tmp_path / "two") as state:
        ledger = CallLedger(state.path, state.run, lambda allowed: None)
        assert spent <= ledger.spent() <= spent + CAP / 20 + 1e-9
        before = ledger.spent()
        second = pay(ledger, 1000)
        assert ledger.total().unanswered >= 1
        assert spent + ledger.spent() - before <= CAP
        ledger.close()
    assert 100 < second < 150


def test_nothing_is_reserved_that_is_not_allowed_for_where_it_is_kept(tmp_path):
    with State(tmp_path) as state:
        allowed = []
        ledger = CallLedger(state.path, state.run, allowed.append)
        pay(ledger, 60)
        assert allowed[0] == pytest.approx(CAP / 20)
        assert all(ledger.spent() <= limit for limit in allowed[-1:])
        ledger.close()


def test_a_run_that_ends_has_spent_what_it_paid(tmp_path, run):
    write_companies(tmp_path / "companies.parquet", 12)
    with SiteFarm(farm_sites(12)) as farm, FakeModel(repeats_the_first) as model:
        report = run(options(tmp_path, model.url, kept_at=KEPT_AT), farm.network())
        paid = model.usd(0.15, 0.60)
    assert report["usd"] == pytest.approx(paid, abs=1e-6)
    Carrier(KEPT_AT).restore(tmp_path / "two")
    with State(tmp_path / "two") as state:
        rows = state._connection.execute("SELECT count(*), sum(usd) FROM call").fetchone()
    assert rows == (12, pytest.approx(paid))


def test_a_batch_is_collected_by_another_machine(tmp_path, run, monkeypatch):
    monkeypatch.setattr("build_artifacts.llm.batches.model._SURE_SECONDS", 0.2)
    write_companies(tmp_path / "companies.parquet", 12)
    batches = FakeBatches(seconds=60)
    copies = []
    batches.watch = lambda what: what == "created" and copies.append(kept_now())

    def kept_now():
        return (
            boto3.client("s3")
            .get_object(Bucket="lost-machines", Key="caches/descriptions/descriptions.sqlite")["Body"]
            .read()
        )

    with SiteFarm(farm_sites(12)) as farm, FakeModel(repeats_the_first, batches=batches) as model:
        run(options(tmp_path, model.url, kept_at=KEPT_AT, batch_wait=0, cache=tmp_path / "one"), farm.network())
        # What the bucket held while the batch was created is all that another machine may know.
        boto3.client("s3").put_object(
            Bucket="lost-machines", Key="caches/descriptions/descriptions.sqlite", Body=copies[0]
        )
        batches.seconds = 0.0
        report = run(
            options(tmp_path, model.url, kept_at=KEPT_AT, batch_wait=0, cache=tmp_path / "two"), farm.network()
        )
    assert report["described"] == 12
    assert len(batches.created) == 1
    assert len(batches.asked) == 12
