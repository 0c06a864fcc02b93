"""A run of `leadgen describe`, made to be killed: `python killed_describer.py FOLDER FARM_PORT MODEL_URL CAP`."""

import json
import logging
import resource
import sys
from ipaddress import ip_address
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from described_companies import options

from build_artifacts.descriptions.fetching.network import CheckedNetwork
from build_artifacts.descriptions.run import run_describe


def main(folder: Path, port: int, model_url: str, cap: float) -> None:
    async def resolve(host: str, asked: int) -> list[tuple[str, int]]:
        if asked != 80:
            raise OSError("plain http only")
        return [("127.0.0.1", port)]

    network = CheckedNetwork(resolve, lambda address: address == ip_address("127.0.0.1"))
    wanted = options(folder, model_url, max_usd=cap, timeout=3.0, sites=100, concurrency=50)
    report = run_describe(wanted, network)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(json.dumps(report | {"peak_mb": peak}))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
