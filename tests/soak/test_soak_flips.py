import shutil
from pathlib import Path

import pytest
from workplace import damage_and_open

from build_artifacts.sample import write_sample

pytestmark = pytest.mark.soak


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    write_sample(folder, customers=100, companies=40)
    return folder


def test_thousands_of_changed_bits_never_crash_a_process_that_trusts_its_files(built, tmp_path):
    bundle = Path(shutil.copytree(built.bundle, tmp_path / built.current))
    outcomes = damage_and_open(built, bundle, "headers", flips=30)
    results = [entry["result"] for entry in outcomes]
    assert set(results) <= {"BundleError", "ConfigurationError", "opened"}
    assert results.count("BundleError") > len(results) / 4
