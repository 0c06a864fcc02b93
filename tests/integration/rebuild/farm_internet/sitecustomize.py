"""Python imports this when it starts with this folder on its path: `leadgen describe` then has a farm for an internet.

Production has no way to reach loopback; only what has no network of its own given gets this one. With TIME_OVER_AFTER
`timeout`, which started the run, takes its time for over once so many names were looked up.
"""

import os
import signal
import sys
from ipaddress import ip_address
from itertools import count

_LOOKED_UP = count(1)


async def _resolve(host: str, port: int) -> list[tuple[str, int]]:
    if str(next(_LOOKED_UP)) == os.environ.get("TIME_OVER_AFTER"):
        # What its own timer sends it.
        os.kill(os.getppid(), signal.SIGALRM)
    if port != 80:
        raise OSError("plain http only")
    return [("127.0.0.1", int(os.environ["SITE_FARM_PORT"]))]


if "describe" in sys.orig_argv:
    from build_artifacts.descriptions.fetching.network import CheckedNetwork

    CheckedNetwork.__init__.__defaults__ = (_resolve, lambda address: address == ip_address("127.0.0.1"))
