"""A run of `leadgen describe`, made to be killed: `python killed_describer.py FOLDER FARM_PORT MODEL_URL CAP [WAIT]`.

With WAIT it asks in batches, and waits for them so many minutes.
"""

import json
import logging
import resource
import sys
from ipaddress import ip_address
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from described_companies import options

from build_artifacts.descriptions import run
from build_artifacts.descriptions.fetching.network import CheckedNetwork
from build_artifacts.llm.batches import model


def main(folder: Path, port: int, model_url: str, cap: float, wait: float | None) -> None:
    async def resolve(host: str, asked: int) -> list[tuple[str, int]]:
        if asked != 80:
            raise OSError("plain http only")
        return [("127.0.0.1", port)]

    # A test cannot wait as long as an endpoint may take.
    run._POLL_SECONDS, model._SURE_SECONDS = 0.2, 1.0
    network = CheckedNetwork(resolve, lambda address: address == ip_address("127.0.0.1"))
    wanted = options(folder, model_url, max_usd=cap, timeout=3.0, sites=100, concurrency=50, batch_wait=wait)
    report = run.run_describe(wanted, network)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(json.dumps(report | {"peak_mb": peak}))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    wait = float(sys.argv[5]) if len(sys.argv) > 5 else None
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4]), wait)
