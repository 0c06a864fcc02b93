import random
import shutil
import signal
import time
from pathlib import Path

import pytest
from workplace import Workplace

from build_artifacts.sample import write_sample

pytestmark = pytest.mark.soak

# One in each phase of a build, in order.
PLACES = [
    "model/spec.json",
    "rejects/customers.csv",
    "customers/vectors.npy",
    "duplicates/email_exact.part",
    "customers/index/index.json",
    "customers/calibration.json",
    "rejects/companies.csv",
    "companies/rows/rows.json",
    "companies/spaces/general/index/index.json",
    "bundle/manifest.json",
    "/bundle",
    "CURRENT.building",
    ".building",
]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    write_sample(folder, customers=300, companies=150)
    return folder


def assert_recovers(workplace: Workplace, before: str, undisturbed: str, moment: str) -> None:
    """The bundle in service is whole; the next build ends as an undisturbed one, and tidies up."""
    assert workplace.current == before, moment
    workplace.open()
    kept = shutil.copytree(workplace.artifacts, workplace.folder / "kept")
    assert workplace.build() == 0, moment
    assert workplace.current == undisturbed, moment
    workplace.open()
    assert not list(workplace.artifacts.glob(".building-*")), moment
    shutil.rmtree(workplace.artifacts)
    kept.rename(workplace.artifacts)


@pytest.mark.parametrize("place", PLACES)
def test_a_build_killed_in_any_phase_is_recovered_from(changed_since_built, place):
    workplace, undisturbed = changed_since_built
    before = workplace.current
    assert workplace.start(place, signal.SIGKILL).wait() == -signal.SIGKILL
    assert_recovers(workplace, before, undisturbed, place)


def test_builds_killed_at_ten_random_moments_are_recovered_from(changed_since_built):
    workplace, undisturbed = changed_since_built
    before = workplace.current
    started = time.monotonic()
    whole = Workplace(workplace.folder / "elsewhere")
    whole.folder.mkdir()
    for name in ("customers.parquet", "companies.parquet"):
        shutil.copy(workplace.folder / name, whole.folder)
    assert whole.start("no such place", signal.SIGKILL).wait() == 0
    length = time.monotonic() - started
    draw = random.Random(6)
    killed = 0
    while killed < 10:
        moment = draw.uniform(0.1, length)
        process = workplace.start("no such place", signal.SIGKILL)
        time.sleep(moment)
        process.kill()
        if process.wait() == 0:
            # It was quicker than the first: what it put in service is taken back.
            assert workplace.current == undisturbed
            shutil.rmtree(workplace.bundle)
            (workplace.artifacts / "CURRENT").write_text(before + "\n")
            continue
        killed += 1
        if workplace.current == undisturbed:
            # Killed after the last rename, while the process was ending.
            workplace.open()
            shutil.rmtree(workplace.bundle)
            (workplace.artifacts / "CURRENT").write_text(before + "\n")
            continue
        assert_recovers(workplace, before, undisturbed, f"after {moment:.2f} of {length:.2f} s")
