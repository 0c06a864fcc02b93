import pytest
from leadgen.text import load_text_model

from build_artifacts.models import prepare_text_model
from build_artifacts.models.package_checkpoint import PACKAGE, package_is_installed


@pytest.fixture(scope="session")
def minilm_folder(tmp_path_factory):
    if not package_is_installed():
        pytest.skip(f"the package {PACKAGE} is not installed")
    return prepare_text_model(PACKAGE, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def minilm(minilm_folder):
    return load_text_model(minilm_folder, threads=2)
