"""An account, a metadata service, and a machine to start."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from instance_account import an_account
from machine import Machine
from metadata_service import MetadataService, metadata_service

from cdk.rebuilding.source import stage


@pytest.fixture(scope="session")
def code_asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip file that the CDK would upload."""
    folder = tmp_path_factory.mktemp("asset")
    (folder / "staged").mkdir()
    stage(folder / "staged")
    return Path(shutil.make_archive(str(folder / "code"), "zip", folder / "staged"))


@pytest.fixture
def metadata() -> Iterator[MetadataService]:
    with metadata_service() as service:
        yield service


@pytest.fixture
def account(moto_endpoint: str, metadata: MetadataService, code_asset: Path) -> Iterator[dict[str, str]]:
    """What the instance is told."""
    with an_account(moto_endpoint, metadata, code_asset) as variables:
        yield variables


@pytest.fixture
def machine(account: dict[str, str], tmp_path: Path) -> Machine:
    return Machine(tmp_path, account)
