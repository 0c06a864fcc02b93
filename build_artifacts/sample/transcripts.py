"""The sample's transcripts table: a row for each sentence of the calls of some firms in two quarters."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from build_artifacts.sample.calls import Call, Said
from build_artifacts.sample.organisations import Organisations

FIRMS = 60
QUARTERS = ("2024Q3", "2024Q4")
_FIELDS: list[tuple[str, pa.DataType]] = [
    ("companyid", pa.string()),
    ("ticker", pa.string()),
    ("name", pa.string()),
    ("quarter", pa.string()),
    ("doc_id", pa.string()),
    ("section", pa.string()),
    ("turn", pa.int64()),
    ("position", pa.int64()),
    ("speaker", pa.string()),
    ("role", pa.string()),
    ("text", pa.string()),
]
SCHEMA = pa.schema(_FIELDS)
_FOREIGN = (
    "Wir haben im vergangenen Quartal mehr Kunden gewonnen als in jedem anderen Quartal zuvor.",
    "Nos clients nous demandent surtout des livraisons plus rapides et des prix plus stables.",
    "Nuestros clientes esperan que los precios bajen durante los próximos meses del año.",
    "当社は今期も増収増益を達成し、来期も成長を見込んでいます。",
)
_SILENT = ("", " ", None, "...", "[Indiscernible]")
_DIRT_SHARE = 0.004


def transcript_columns(organisations: Organisations, companies: int, seed: int) -> dict[str, list[Any]]:
    """Columns of the calls of the first 60 of `companies`, call after call; some rows repeated or unusable."""
    random = np.random.default_rng([seed, 4])
    firms = range(min(companies, FIRMS))
    calls = [(number, when) for number in firms for when in range(len(QUARTERS))]
    shuffled: list[int] = random.permutation(len(calls)).tolist()
    rows = [row for place in shuffled for row in _call(organisations, *calls[place], random)]
    _spoil(rows, random)
    return {field.name: [row[field.name] for row in rows] for field in SCHEMA}


def _call(
    organisations: Organisations, number: int, when: int, random: np.random.Generator
) -> Iterator[dict[str, Any]]:
    quarter, ticker = QUARTERS[when], _ticker(organisations, number)
    sentences = Call(organisations, number, when, quarter, random).sentences()
    for position, said in enumerate(sentences):
        yield {
            "companyid": f"comp-{number:06d}",
            "ticker": ticker,
            "name": organisations.name(number),
            "quarter": quarter,
            "doc_id": f"{ticker}-{quarter}",
            "position": position,
            **{name: getattr(said, name) for name in Said.__slots__},
        }


def _ticker(organisations: Organisations, number: int) -> str:
    letters = [letter for letter in organisations.short_name(number).upper() if letter in "BCDFGHKLMNPRSTVWXYZ"]
    return f"{''.join(letters[:3])}{number}"


def _spoil(rows: list[dict[str, Any]], random: np.random.Generator) -> None:
    """Empty cells, pad and repeat sentences, put in other languages and repeat rows, in place; one of each at least."""
    count = max(1, round(_DIRT_SHARE * len(rows)))
    places: list[list[int]] = random.integers(1, len(rows), size=(7, count)).tolist()
    repeated, silent, padded, foreign, nameless, undated, copied = places
    for turn in range(count):
        rows[repeated[turn]]["text"] = rows[repeated[turn] - 1]["text"]
        rows[silent[turn]]["text"] = _SILENT[turn % len(_SILENT)]
        rows[padded[turn]]["text"] = f"  {rows[padded[turn]]['text'] or ''}\u00a0 "
        rows[foreign[turn]]["text"] = _FOREIGN[turn % len(_FOREIGN)]
        rows[nameless[turn]]["companyid"] = None
        rows[undated[turn]]["quarter"] = None
    rows += [dict(rows[place]) for place in copied]
