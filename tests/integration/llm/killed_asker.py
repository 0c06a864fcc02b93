"""A process that asks 60 questions, made to be killed: `python killed_asker.py URL LEDGER CAP`."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from asking import Asker, outcomes
from openai_server import FakeModel

TEXTS = [f"question {i}" for i in range(60)]


async def ask(url: str, ledger: Path, cap: float) -> None:
    server = FakeModel()
    server.url = url
    async with Asker(ledger).model(server, max_usd=cap, concurrency=10) as model:
        results = await outcomes(model, TEXTS)
    sys.stdout.write(str(sum(not isinstance(result, Exception) for result in results)))


if __name__ == "__main__":
    asyncio.run(ask(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
