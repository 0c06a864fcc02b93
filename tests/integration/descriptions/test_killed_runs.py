"""Runs that are killed: the next start goes on, and nothing is paid for twice."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from described_companies import described, farm_sites, ledger, options, repeats_the_first, says, write_companies
from leadgen.errors import ConfigurationError
from openai_batches import FakeBatches
from openai_server import CLOSE, EMPTY, NOT_JSON, REFUSED, TRUNCATED, FakeModel, Reaction, status
from site_farm import SiteFarm

from build_artifacts.descriptions.state import State

pytestmark = pytest.mark.soak

SCRIPT = Path(__file__).parents[2] / "killed_describer.py"
COUNT = 60
MANY = 5000


def start(folder, farm, model, cap=5.0, *wait):
    command = [sys.executable, str(SCRIPT), str(folder), str(farm.port), model.url, str(cap), *wait]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def test_a_run_that_is_killed_goes_on_and_pays_nothing_twice(tmp_path):
    write_companies(tmp_path / "companies.parquet", COUNT)
    draw = random.Random(5)
    with SiteFarm(farm_sites(COUNT), seconds=0.05) as farm, FakeModel(repeats_the_first, seconds=0.4) as model:
        for visits, questions in ((60, 0), (0, 5), (0, 25)):
            process = start(tmp_path, farm, model)
            while sum(farm.requests.values()) < visits or len(model.requests) < questions:
                assert process.poll() is None
                time.sleep(0.01)
            time.sleep(draw.random() / 5)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        finished = start(tmp_path, farm, model)
        report = json.loads(finished.communicate()[0])
        asked = Counter(seen.body["messages"][1]["content"] for seen in model.requests)
        assert set(asked.values()) == {1}
        assert report["usd"] >= model.usd(0.15, 0.60) - 1e-6
    assert report["companies"] == report["described"] + report["fallback"] == COUNT
    assert report["fallback"] > 0
    assert all(row["description"] for row in described(tmp_path).values())
    # A site that was visited before the kill is not visited again.
    assert Counter(farm.requests.values())[1] >= COUNT


def test_a_run_that_is_told_to_stop_finishes_what_is_under_way(tmp_path):
    write_companies(tmp_path / "companies.parquet", COUNT)
    with SiteFarm(farm_sites(COUNT)) as farm, FakeModel(repeats_the_first, seconds=0.5) as model:
        process = start(tmp_path, farm, model)
        while not model.requests and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        process.communicate()
        assert process.returncode != 0
        before = len(model.requests)
        report = json.loads(start(tmp_path, farm, model).communicate()[0])
        assert len(model.requests) == COUNT > before - 1
    assert report["described"] == COUNT
    assert report["sources"] == {"llm": COUNT}


class Answers:
    """A model that does as it is asked; `counts` how often it answered each company's question."""

    def __init__(self):
        self.counts = Counter()
        self._lock = threading.Lock()

    def __call__(self, body):
        if len(body["messages"]) == 2:
            with self._lock:
                self.counts[body["messages"][1]["content"].split("\n")[0].removeprefix("Name: Firm ")] += 1
        return repeats_the_first(body)


def misbehaving(draw, more):
    """A storm of 429, and a tenth of everything else that endpoints do."""
    faults = [
        status(429, "0.2"), status(500), status(503), TRUNCATED, REFUSED, EMPTY, NOT_JSON,
        Reaction(content=says(("Made up sentence about nothing that stands on the page at all.", [77]))),
        Reaction(content=says(("La société fabrique des choses diverses pour les ateliers du nord.", [1]))), *more,
    ]  # fmt: skip

    def misbehave(number, body):
        if 3000 < number < 3300:
            return status(429, "0.3")
        return draw.choice(faults) if draw.random() < 0.1 else None

    return misbehave


def assert_all_accounted_for(folder, report):
    rows = described(folder).values()
    assert len(rows) == report["companies"] == MANY
    assert sum(report[status] for status in ("described", "fallback", "over_budget")) == MANY
    assert all(row["description"] for row in rows)
    # What was under way at a kill is not asked again by this run: fifty at most, each time.
    assert report["described"] > 0.95 * MANY - 10 * 50


def test_thousands_of_companies_an_endpoint_that_misbehaves_and_ten_kills(tmp_path):
    write_companies(tmp_path / "companies.parquet", MANY)
    draw, answers, cap = random.Random(1), Answers(), 2.0
    misbehave = misbehaving(draw, [CLOSE, Reaction(hang=True)])
    with SiteFarm(farm_sites(MANY)) as farm, FakeModel(answers, misbehave, seconds=0.1) as model:
        for mark in sorted(draw.sample(range(20, MANY - 500), 10)):
            process = start(tmp_path, farm, model, cap)
            while len(model.requests) < mark and process.poll() is None:
                time.sleep(0.02)
            time.sleep(draw.random() / 2)
            process.kill()
            process.communicate()
        report = json.loads(start(tmp_path, farm, model, cap).communicate()[0])
        assert_all_accounted_for(tmp_path, report)
        assert model.usd(0.15, 0.60) - 1e-6 <= report["usd"] <= cap
    # Who was answered twice had sent a request whose answer never came, and it is counted as paid for.
    rows = ledger(tmp_path)
    assert [id_ for id_, row in rows.items() if answers.counts[id_[1:]] > 1 + row["unanswered"]] == []


def test_thousands_of_companies_in_batches_that_go_wrong_and_ten_kills(tmp_path):
    write_companies(tmp_path / "companies.parquet", MANY)
    draw, answers, cap = random.Random(1), Answers(), 1.0
    killed, running = [], []

    def kill(step):
        if len(killed) < 10 and draw.random() < 0.3:
            killed.append(step)
            running[-1].kill()
            running[-1].wait()

    batches = FakeBatches(
        seconds=0.5, answers=1500, most_waiting=3000, watch=kill, listed_after=0.3, refuse_create=(429, 500),
        damage=lambda lines: b"\n".join([lines[0], b"{", *lines, *lines[:9]])[:-50],
    )  # fmt: skip
    with SiteFarm(farm_sites(MANY)) as farm, FakeModel(answers, misbehaving(draw, []), batches=batches) as model:
        while True:
            running.append(start(tmp_path, farm, model, cap, "30"))
            output = running[-1].communicate()[0]
            if running[-1].returncode == 0:
                break
        report = json.loads(output)
        assert_all_accounted_for(tmp_path, report)
        assert batches.usd(0.15, 0.60) - 1e-6 <= report["usd"] <= cap
    assert len(killed) == 10
    assert len(running) == 11
    assert not model.requests
    assert set(answers.counts.values()) == {1}


def test_two_runs_cannot_share_a_cache(tmp_path, run):
    write_companies(tmp_path / "companies.parquet", 1)
    with State(tmp_path / "cache"), SiteFarm({}) as farm, pytest.raises(ConfigurationError, match="another"):
        run(options(tmp_path), farm.network())
