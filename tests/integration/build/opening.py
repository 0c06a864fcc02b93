"""Run as a program: damage a bundle's files one after another, open it, and note what came of it, a line of JSON each.

`python opening.py BUNDLE KEY full|sizes|headers FLIPS NOTES`: with checksums, without them, or without them and with
one bit changed at FLIPS places of each file. A process of its own, since the question is whether it survives.
"""

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from leadgen.companies import SimilarQuery
from leadgen.engine import Engine
from leadgen.errors import LeadgenError

HEADER = 128
QUERY = SimilarQuery(row={"description": "we make wind turbine blades"}, n=5)
LEAD = {"job_title": "CTO", "bio": "we lease trucks", "industry": "Energy", "web_activity_score": 3}


def damages(content: bytes, mode: str, flips: int) -> Iterator[tuple[str, bytes | None]]:
    draw = random.Random(len(content))
    if mode == "headers":
        for _ in range(flips):
            at = draw.randrange(min(HEADER, len(content)) if draw.random() < 0.8 else len(content))
            yield f"bit of byte {at}", flipped(content, at, draw.randrange(8))
        return
    yield "absent", None
    yield "truncated", content[: len(content) // 2]
    if mode == "full":
        yield "empty", b""
        yield "longer", content + b"\0"
        yield "flipped", flipped(content, draw.randrange(len(content)), draw.randrange(8))


def flipped(content: bytes, at: int, bit: int) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1 << bit
    return bytes(changed)


def outcome(bundle: Path, key: str, *, checksums: bool) -> tuple[str, str]:
    try:
        engine = Engine.open(str(bundle), digest_key=key, threads=1, checksums=checksums)
    except LeadgenError as error:
        return type(error).__name__, str(error)
    try:
        assert engine.finder
        engine.finder.similar(QUERY)
        if engine.scorer:
            engine.scorer.score([LEAD])
    except BaseException as error:  # noqa: BLE001 - an answer may be damaged, and the tokenizer's panics are no Exception
        return "opened", repr(error)
    return "opened", ""


def main() -> None:
    bundle, key, mode, flips, notes = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), Path(sys.argv[5])
    with notes.open("w") as lines:
        for path in sorted(path for path in bundle.rglob("*") if path.is_file()):
            content = path.read_bytes()
            for damage, changed in damages(content, mode, flips):
                if changed is None:
                    path.unlink()
                else:
                    path.write_bytes(changed)
                result, message = outcome(bundle, key, checksums=mode == "full")
                name = path.relative_to(bundle).as_posix()
                entry = {"file": name, "damage": damage, "result": result, "message": message}
                lines.write(json.dumps(entry) + "\n")
                path.write_bytes(content)


if __name__ == "__main__":
    main()
