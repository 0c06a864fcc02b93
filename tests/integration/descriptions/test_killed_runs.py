"""Runs that are killed: the next start goes on, and nothing is paid for twice."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from described_companies import described, farm_sites, options, repeats_the_first, write_companies
from leadgen.errors import ConfigurationError
from openai_server import FakeModel
from site_farm import SiteFarm

from build_artifacts.descriptions.state import State

pytestmark = pytest.mark.soak

SCRIPT = Path(__file__).parents[2] / "killed_describer.py"
COUNT = 60


def start(folder, farm, model, cap=5.0):
    command = [sys.executable, str(SCRIPT), str(folder), str(farm.port), model.url, str(cap)]
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


def test_two_runs_cannot_share_a_cache(tmp_path, run):
    write_companies(tmp_path / "companies.parquet", 1)
    with State(tmp_path / "cache"), SiteFarm({}) as farm, pytest.raises(ConfigurationError, match="another"):
        run(options(tmp_path), farm.network())
