"""What tests of descriptions share."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from build_artifacts.descriptions.extraction.pool import ExtractionPool
from build_artifacts.descriptions.fetching.network import CheckedNetwork
from build_artifacts.descriptions.options import DescribeOptions
from build_artifacts.descriptions.run import run_describe


@pytest.fixture(scope="session")
def extraction_pool() -> Iterator[ExtractionPool]:
    """One for all tests: starting a process takes longer than most of them."""
    with ExtractionPool(1) as pool:
        yield pool


@pytest.fixture
def run(extraction_pool: ExtractionPool) -> Callable[[DescribeOptions, CheckedNetwork], dict[str, Any]]:
    """`run_describe` with these processes."""
    return lambda options, network: run_describe(options, network, extraction_pool)
