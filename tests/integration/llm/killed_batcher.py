"""A process that asks 40 questions in batches, made to be killed: `python killed_batcher.py URL LEDGER`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from batching import Program
from openai_server import FakeModel

if __name__ == "__main__":
    server = FakeModel()
    server.url = sys.argv[1]
    Program(Path(sys.argv[2])).run(server)
