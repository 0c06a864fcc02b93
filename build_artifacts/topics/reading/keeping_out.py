"""Which of a firm's sentences stay out of clustering, and why; they stay in the table.

- `empty`: no letters, one word, or nothing but assent ("Yeah, got it.").
- `boilerplate`: what the operator says, courtesies, phrases of the call's frame, and what many firms say alike.
- `repeated`: the same words again, said by the same firm in the same quarter; the first one stays.
- `foreign`: surely not English.

The first that fits is given. Precision comes first: a sentence that is kept out for no reason is lost to the topics,
one that slips in is a sentence among hundreds.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from build_artifacts.topics.firm import KeptOut, SpeakerType
from build_artifacts.topics.reading.courtesies import is_assent, is_courtesy
from build_artifacts.topics.reading.language import is_foreign, is_other_script
from build_artifacts.topics.reading.normal_form import digest, words

REASONS: tuple[KeptOut | None, ...] = (None, "empty", "boilerplate", "repeated", "foreign")
KEPT, EMPTY, BOILERPLATE, REPEATED, FOREIGN = range(len(REASONS))
COMMON_SHARE = 0.02
FEWEST_FIRMS = 5
_FIGURE = re.compile(r"\d")
NO_DIGEST = 0
"""Of a sentence with figures, which is never common: two firms that grew by 3 % tell different things."""


def judge(texts: Sequence[str], speakers: Sequence[SpeakerType | None]) -> tuple[NDArray[np.int8], NDArray[np.uint64]]:
    """Places in `REASONS` of a firm's n sentences, [n], and digests by which other firms' are compared, [n]."""
    reasons = np.zeros(len(texts), dtype=np.int8)
    digests = np.full(len(texts), NO_DIGEST, dtype=np.uint64)
    seen: set[int] = set()
    for row, (text, speaker) in enumerate(zip(texts, speakers, strict=True)):
        said = words(text)
        reasons[row] = reason = _reason(text, said, speaker)
        if reason in (KEPT, FOREIGN):
            key = digest(said)
            reasons[row] = REPEATED if key in seen else reason
            seen.add(key)
            if _FIGURE.search(text) is None:
                digests[row] = key
    return reasons, digests


def _reason(text: str, said: list[str], speaker: SpeakerType | None) -> int:
    if is_other_script(text):
        return FOREIGN
    if is_assent(said):
        return EMPTY
    if speaker == "operator" or is_courtesy(text, said):
        return BOILERPLATE
    return FOREIGN if is_foreign(text, said) else KEPT


def common_digests(digests: NDArray[np.uint64], firms: NDArray[np.int32], n_firms: int) -> NDArray[np.uint64]:
    """The digests that at least 2 % of a quarter's firms have, and at least five; sorted.

    `digests` and `firms` [n] are parallel; `NO_DIGEST` is left out. Neither their order nor how often a firm repeats
    itself matters.
    """
    order = np.lexsort((firms, digests))
    digests, firms = digests[order], firms[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (digests[1:] != digests[:-1]) | (firms[1:] != firms[:-1])
    found, counts = np.unique(digests[first], return_counts=True)
    common: NDArray[np.uint64] = found[(counts >= max(FEWEST_FIRMS, COMMON_SHARE * n_firms)) & (found != NO_DIGEST)]
    return common
