"""From rows to judged sentences, some firms at a time, so that only those are Python objects."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from build_artifacts.topics.firm import SpeakerType
from build_artifacts.topics.reading.keeping_out import BOILERPLATE, EMPTY, judge
from build_artifacts.topics.reading.normal_form import cleaned
from build_artifacts.topics.reading.ordering import Order
from build_artifacts.topics.reading.phrases import is_framing
from build_artifacts.topics.reading.rows import Coded, Rows
from build_artifacts.topics.reading.speakers import Participants, Speech, speaker_types
from build_artifacts.topics.reading.splitting import sentences
from build_artifacts.topics.reading.text_pieces import Texts

SPEAKERS: tuple[SpeakerType | None, ...] = (None, "operator", "executive", "analyst", "other")
_BLOCK_SENTENCES = 16_384


@dataclass(slots=True)
class Block:
    """The n sentences of some firms, in canonical order; the arrays are parallel, [n]."""

    companies: list[str]
    labels: dict[str, tuple[str | None, str | None]]
    """Ticker and name of each company."""
    starts: NDArray[np.int64]
    """First row of each firm, and n."""
    documents: list[str | None]
    """What `document_codes` points to."""
    texts: Texts
    document_codes: NDArray[np.int32]
    speaker_codes: NDArray[np.int8]
    """Places in `SPEAKERS`."""
    reasons: NDArray[np.int8]
    digests: NDArray[np.uint64]

    def firms(self) -> NDArray[np.int64]:
        """Each sentence's firm, as a place in `companies`."""
        return np.repeat(np.arange(len(self.companies)), np.diff(self.starts))


@dataclass
class _Open:
    """A block that takes further firms."""

    companies: list[str] = field(default_factory=list)
    labels: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    documents: list[NDArray[np.int32]] = field(default_factory=list)
    speakers: list[NDArray[np.int8]] = field(default_factory=list)
    reasons: list[NDArray[np.int8]] = field(default_factory=list)
    digests: list[NDArray[np.uint64]] = field(default_factory=list)

    def closed(self, documents: list[str | None]) -> Block:
        texts = pa.array(self.texts, pa.large_string())
        reasons, digests = np.concatenate(self.reasons), np.concatenate(self.digests)
        reasons[is_framing(texts) & (reasons != EMPTY)] = BOILERPLATE
        return Block(
            self.companies,
            self.labels,
            np.array([0, *self.ends]),
            documents,
            texts,
            np.concatenate(self.documents),
            np.concatenate(self.speakers),
            reasons,
            digests,
        )


def sentence_blocks(rows: Rows, order: Order, participants: Participants, *, turns: bool) -> Iterator[Block]:
    """Blocks of whole firms. `order` is the canonical order of the rows; with `turns` each is split into sentences."""
    companies = rows.coded["company"].codes[order]
    bounds = [0, *(np.flatnonzero(np.diff(companies)) + 1).tolist(), len(order)]
    documents = [*(rows.coded["document"].values if "document" in rows.coded else ()), None]
    block = _Open()
    for start, stop in pairwise(bounds):
        _add_firm(block, rows, order[start:stop], participants, turns=turns)
        if len(block.texts) >= _BLOCK_SENTENCES or stop == len(order):
            yield block.closed(documents)
            block = _Open()


def _add_firm(block: _Open, rows: Rows, order: Order, participants: Participants, *, turns: bool) -> None:
    said = rows.texts.take(order)
    speakers = _speakers(rows, order, said, participants)
    split = [list(filter(None, map(cleaned, sentences(text) if turns else [text]))) for text in said]
    counts = [len(parts) for parts in split]
    texts = [sentence for parts in split for sentence in parts]
    types = [kind for kind, count in zip(speakers, counts, strict=True) for _ in range(count)]
    reasons, digests = judge(texts, types)
    company = str(rows.coded["company"][int(order[0])])
    block.companies.append(company)
    block.labels[company] = (_label(rows.coded.get("ticker"), order), _label(rows.coded.get("name"), order))
    block.texts += texts
    block.ends.append(len(block.texts))
    block.documents.append(np.repeat(_codes(rows.coded.get("document"), order), counts))
    block.speakers.append(np.array([SPEAKERS.index(kind) for kind in types], dtype=np.int8))
    block.reasons.append(reasons)
    block.digests.append(digests)


def _speakers(rows: Rows, order: Order, said: list[str], participants: Participants) -> list[SpeakerType | None]:
    """The type of each row's speaker, call by call."""
    if "speaker" not in rows.coded and "role" not in rows.coded:
        return [None] * len(said)
    found: list[SpeakerType | None] = []
    documents = _codes(rows.coded.get("document"), order).tolist()
    for _, places in groupby(range(len(said)), key=documents.__getitem__):
        call = list(places)
        document = rows.coded["document"][int(order[call[0]])] if "document" in rows.coded else None
        speech = [Speech(*_who(rows, int(order[place])), said[place]) for place in call]
        found += speaker_types(speech, participants.get(document or "", {}))
    return found


def _who(rows: Rows, row: int) -> tuple[str | None, str | None, str | None]:
    speaker, role, section = (rows.coded.get(holds) for holds in ("speaker", "role", "section"))
    return _cell(speaker, row), _cell(role, row), _cell(section, row)


def _cell(column: Coded | None, row: int) -> str | None:
    return None if column is None else column[row]


def _codes(column: Coded | None, order: Order) -> NDArray[np.int32]:
    return np.full(len(order), -1, dtype=np.int32) if column is None else column.codes[order]


def _label(column: Coded | None, order: Order) -> str | None:
    """The first value that is not empty."""
    codes = _codes(column, order)
    return column.values[codes[codes >= 0][0]] if column is not None and (codes >= 0).any() else None
