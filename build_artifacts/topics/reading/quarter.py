"""A quarter's sentences, firm by firm."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
from leadgen.errors import InputError
from numpy.typing import NDArray

from build_artifacts.topics.firm import FirmSentences, KeptOut
from build_artifacts.topics.reading.input_hash import input_hash
from build_artifacts.topics.reading.keeping_out import BOILERPLATE, REASONS, common_digests
from build_artifacts.topics.reading.options import TranscriptOptions
from build_artifacts.topics.reading.ordering import canonical_order
from build_artifacts.topics.reading.quarter_names import quarter_name
from build_artifacts.topics.reading.rows import read_rows
from build_artifacts.topics.reading.sentence_blocks import SPEAKERS, Block, sentence_blocks
from build_artifacts.topics.reading.speakers import read_participants

LONG_ROW = 300
"""Characters: one sentence in a hundred is longer, and half of the speakers' turns are."""
_TURNS_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a firm's sentences are: rows `start` to `stop` of a block."""

    block: int
    start: int
    stop: int


class QuarterSentences:
    """All firms of one quarter in the order of their ids; may be iterated over again and again.

    Sentences lie in Arrow; only the firm that is asked for becomes Python objects. `counts` says how many rows there
    were and how many could not be used (`rows`, `rows_of_quarter`, `without_quarter`, `without_company`,
    `without_text`, `duplicate_rows`, `malformed_lines`), and how many `sentences` were kept out, by reason.
    """

    def __init__(self, quarter: str, blocks: list[Block], counts: dict[str, int]) -> None:
        self.quarter = quarter
        self.counts = counts
        self._blocks = blocks
        self._places = {
            company: _Place(number, int(block.starts[firm]), int(block.starts[firm + 1]))
            for number, block in enumerate(blocks)
            for firm, company in enumerate(block.companies)
        }

    @property
    def company_ids(self) -> list[str]:
        """The firms, in canonical order."""
        return list(self._places)

    @property
    def n_firms(self) -> int:
        """How many firms have at least one sentence."""
        return len(self._places)

    @property
    def n_sentences(self) -> int:
        """How many sentences there are, those that are kept out of clustering included."""
        return self.counts["sentences"]

    def __iter__(self) -> Iterator[FirmSentences]:
        """All firms, in canonical order."""
        return (self.firm(company) for company in self._places)

    def unfinished(self, finished: Mapping[str, str]) -> Iterator[FirmSentences]:
        """The firms, in canonical order, that are not in `finished` (company id → input hash) with today's hash."""
        return (firm for firm in self if finished.get(firm.company_id) != firm.input_hash)

    def firm(self, company_id: str) -> FirmSentences:
        """One firm's sentences; raises KeyError for a firm that the quarter does not have."""
        place = self._places[company_id]
        block, rows = self._blocks[place.block], slice(place.start, place.stop)
        ticker, name = block.labels[company_id]
        firm = FirmSentences(
            company_id=company_id,
            ticker=ticker,
            name=name,
            texts=block.texts[rows].to_pylist(),
            documents=[block.documents[code] for code in block.document_codes[rows].tolist()],
            speaker_types=[SPEAKERS[code] for code in block.speaker_codes[rows].tolist()],
            kept_out=[REASONS[code] for code in block.reasons[rows].tolist()],
            input_hash="",
        )
        return replace(firm, input_hash=input_hash(firm))


def read_quarter(options: TranscriptOptions, quarter: str) -> QuarterSentences:
    """Read, order and judge the sentences of a quarter such as "2021Q3" or "Q3 2021".

    Raises InputError where the table cannot be read, lacks a column that is needed or named, or has no row of the
    quarter. At 2 M sentences it needs about 3.5 times the memory of their text.
    """
    wanted = quarter_name(quarter)
    if wanted is None:
        raise InputError(f"--quarter is {quarter!r}; write it like 2021Q3")
    blocks, counts = _judged(options, wanted)
    _keep_out_common(blocks)
    return QuarterSentences(wanted, blocks, counts | _kept_out(blocks))


def _judged(options: TranscriptOptions, quarter: str) -> tuple[list[Block], dict[str, int]]:
    """The quarter's sentences, each firm's judged by itself; what was read of the table is let go of."""
    rows = read_rows(options, quarter)
    participants = read_participants(options, rows.document_column)
    long_rows = options.text_unit == "auto" and rows.texts.share_longer(LONG_ROW) > _TURNS_SHARE
    turns = options.text_unit == "turn" or long_rows
    order = canonical_order(rows, turns=turns)
    counts = rows.counts | {"duplicate_rows": len(rows.texts) - len(order)}
    return list(sentence_blocks(rows, order, participants, turns=turns)), counts


def _keep_out_common(blocks: list[Block]) -> None:
    """Mark what many firms say as boilerplate, in place, and let go of the digests."""
    n_firms = sum(len(block.companies) for block in blocks)
    firsts = np.cumsum([0, *(len(block.companies) for block in blocks)])
    firms = [first + block.firms() for first, block in zip(firsts, blocks, strict=False)]
    digests = [block.digests for block in blocks]
    common = common_digests(np.concatenate(digests), np.concatenate(firms).astype(np.int32), n_firms)
    for block in blocks:
        block.reasons[np.isin(block.digests, common)] = BOILERPLATE
        block.digests = np.empty(0, dtype=np.uint64)


def _kept_out(blocks: list[Block]) -> dict[str, int]:
    reasons: NDArray[np.int64] = np.sum([np.bincount(b.reasons, minlength=len(REASONS)) for b in blocks], axis=0)
    found = dict(zip(REASONS, reasons.tolist(), strict=True))
    return {"sentences": int(reasons.sum())} | {reason: found[reason] for reason in get_args(KeptOut)}
