"""Runs that ask in batches: meanwhile everybody has a description, and nobody is asked twice."""

import json
from collections import Counter

import pytest
from described_companies import PRICES, described, farm_sites, home, ledger, options, repeats_the_first, write_companies
from openai_batches import FakeBatches
from openai_server import NOT_JSON, FakeModel, first
from site_farm import SiteFarm, page

from build_artifacts.descriptions import command
from build_artifacts.jobs.stopping import INTERRUPTED
from build_artifacts.lazy_command import LazyCommand

COUNT = 12


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr("build_artifacts.descriptions.run._POLL_SECONDS", 0.05)
    monkeypatch.setattr("build_artifacts.llm.batches.model._SURE_SECONDS", 0.2)


@pytest.fixture
def folder(tmp_path):
    write_companies(tmp_path / "companies.parquet", COUNT)
    return tmp_path


def batched(**batches):
    return FakeModel(repeats_the_first, batches=FakeBatches(**batches))


def billed(model):
    return model.batches.usd(PRICES.prompt, PRICES.completion)


def times_asked(model):
    return Counter(body["messages"][1]["content"] for body in model.batches.asked)


def test_batches_describe_everybody_for_half_the_price(folder, run):
    with SiteFarm(farm_sites(COUNT)) as farm, batched(seconds=0.3) as model:
        report = run(options(folder, model.url, batch_wait=1), farm.network())
    assert (report["described"], report["waiting_for_batch"]) == (COUNT, 0)
    assert report["sources"] == {"llm": COUNT}
    assert report["batches"] == []
    assert report["usd"] == pytest.approx(billed(model), abs=1e-6)
    assert not model.requests
    (batch,) = model.batches.created
    assert {(row["batch"], row["requests"], row["unanswered"]) for row in ledger(folder).values()} == {(batch, 1, 0)}
    assert sum(row["usd"] for row in ledger(folder).values()) == pytest.approx(billed(model))


def test_what_waits_has_the_sites_own_words_meanwhile(folder, run):
    with SiteFarm(farm_sites(COUNT)) as farm, batched(seconds=60) as model:
        report = run(options(folder, model.url, batch_wait=0), farm.network())
        assert report["waiting_for_batch"] == report["language_model_unanswered"] == COUNT
        assert report["sources"] == {"extractive": COUNT}
        assert report["batches"] == list(model.batches.created)
        assert {row["description_status"] for row in described(folder).values()} == {"waiting_for_batch"}
        assert all(row["description"].startswith(f"Firm {id_[1:]} ") for id_, row in described(folder).items())
        model.batches.seconds = 0.0
        visits = sum(farm.requests.values())
        report = run(options(folder, model.url, batch_wait=0), farm.network())
        assert sum(farm.requests.values()) == visits
    assert (report["waiting_for_batch"], report["described"]) == (0, COUNT)
    assert len(model.batches.created) == 1
    assert report["usd"] == pytest.approx(billed(model), abs=1e-6)


def test_what_waits_keeps_the_description_that_it_had(folder, run):
    with SiteFarm(farm_sites(COUNT)) as farm, batched() as model:
        run(options(folder, model.url, batch_wait=1), farm.network())
        before = described(folder)
        farm.sites["firm3.com"] = {"/": page(home(3).replace("drills", "kettles"))}
        model.batches.seconds = 60
        report = run(options(folder, model.url, batch_wait=0), farm.network())
        assert (report["waiting_for_batch"], report["unchanged"]) == (1, COUNT - 1)
        assert described(folder)["c3"]["description"] == before["c3"]["description"]
        model.batches.seconds = 0.0
        run(options(folder, model.url, batch_wait=0), farm.network())
    assert "kettles" in described(folder)["c3"]["description"]


def test_a_table_that_grows_meanwhile_pays_for_the_new_companies_only(folder, run):
    with SiteFarm(farm_sites(COUNT + 8)) as farm, batched(seconds=60) as model:
        run(options(folder, model.url, batch_wait=0), farm.network())
        write_companies(folder / "companies.parquet", COUNT + 8)
        report = run(options(folder, model.url, batch_wait=0), farm.network())
        assert report["waiting_for_batch"] == COUNT + 8
        model.batches.seconds = 0.0
        report = run(options(folder, model.url, batch_wait=1), farm.network())
    assert report["described"] == COUNT + 8
    assert [len(batch.lines) for batch in model.batches.created.values()] == [COUNT, 8]
    assert set(times_asked(model).values()) == {1}


def test_a_run_without_batches_leaves_those_that_wait_alone(folder, run):
    with SiteFarm(farm_sites(COUNT)) as farm, batched(seconds=60) as model:
        run(options(folder, model.url, batch_wait=0), farm.network())
        write_companies(folder / "companies.parquet", COUNT - 2)
        report = run(options(folder, model.url), farm.network())
        assert report["waiting_for_batch"] == COUNT - 2
        assert not model.requests


def test_the_cap_holds_in_batches(folder, run):
    cap = 0.0003
    with SiteFarm(farm_sites(COUNT)) as farm, batched() as model:
        report = run(options(folder, model.url, batch_wait=1, max_usd=cap), farm.network())
    assert 0 < report["usd"] <= cap
    assert report["usd"] == pytest.approx(billed(model), abs=1e-6)
    assert report["over_budget"] > 0
    assert report["over_budget"] + report["described"] == COUNT


def test_lost_answers_are_counted_and_not_asked_for_again_by_the_run(folder, run):
    with SiteFarm(farm_sites(COUNT)) as farm, batched(damage=lambda lines: b"\n".join(lines)[:-40]) as model:
        report = run(options(folder, model.url, batch_wait=1), farm.network())
        assert (report["fallback"], report["language_model_unanswered"]) == (1, 1)
        assert report["usd"] > billed(model)
        assert set(times_asked(model).values()) == {1}
        model.batches.damage = b"\n".join
        assert run(options(folder, model.url, batch_wait=1), farm.network())["sources"] == {"llm": COUNT}


def test_unusable_answers_are_asked_for_in_a_second_batch(folder, run):
    with SiteFarm(farm_sites(COUNT)) as farm, batched() as model:
        model.misbehave = first(5, NOT_JSON)
        report = run(options(folder, model.url, batch_wait=1), farm.network())
    assert report["sources"] == {"llm": COUNT}
    assert [len(batch.lines) for batch in model.batches.created.values()] == [COUNT, 5]


def test_the_command_says_that_it_will_go_on(folder, run, monkeypatch, capsys):
    with SiteFarm(farm_sites(COUNT)) as farm, batched(seconds=60) as model:
        for name, value in {"API_KEY": "sk-test", "BASE_URL": model.url, "BATCH": "true", "BATCH_WAIT": "0"}.items():
            monkeypatch.setenv(f"LEADGEN_LLM_{name}", value)
        parser = LazyCommand()
        command.add_describe_command(parser)
        monkeypatch.setattr(command, "run_describe", lambda options: run(options, farm.network()))
        arguments = ["--input-path", str(folder / "companies.parquet"), "--cache", str(folder / "cache"),
                     "--output-path", str(folder / "out" / "described.parquet"), "--pause", "0"]  # fmt: skip
        assert command.describe(parser.parse_args(arguments)) == INTERRUPTED
        assert json.loads(capsys.readouterr().out)["waiting_for_batch"] == COUNT
        model.batches.seconds = 0.0
        assert command.describe(parser.parse_args([*arguments, "--llm-batch"])) == 0
