"""Texts that wait to be embedded, in lines that no request can fill for itself."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Condition

import numpy as np
from leadgen.text.batching import TOKEN_BUDGET
from leadgen.text.device import GPU_TOKEN_BUDGET
from leadgen.text.model import NeuralTextModel
from numpy.typing import NDArray

TokenIds = NDArray[np.int32]

# So many long requests fill the room.
_REQUESTS = 8
# Of fewer tokens at a time, reading the model's weights takes longer than to compute with them.
_LEAST_TOKENS = 64


@dataclass(eq=False, slots=True)
class Work:
    """The texts of one request: those that still wait, longest first, and the embeddings of those that do not.

    A text counts for the tokens that the model computes for it.
    """

    model: NeuralTextModel
    ids: Sequence[TokenIds]
    done: "asyncio.Future[NDArray[np.float32]]"
    embeddings: NDArray[np.float32] = field(init=False)
    unfinished: int = field(init=False)
    waiting_tokens: int = field(init=False)
    _lengths: list[int] = field(init=False)
    _shortest_first: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.embeddings = np.empty((len(self.ids), self.model.spec.dimension), dtype=np.float32)
        self.unfinished = len(self.ids)
        self._lengths = [self.model.spec.computed_tokens(len(text)) for text in self.ids]
        self.waiting_tokens = sum(self._lengths)
        self._shortest_first = sorted(range(len(self.ids)), key=self._lengths.__getitem__)

    @property
    def next_tokens(self) -> int:
        """Tokens of the text whose turn is next; 0 where none waits."""
        return self._lengths[self._shortest_first[-1]] if self._shortest_first else 0

    def take(self) -> int:
        """Position of that text, which then waits no more."""
        position = self._shortest_first.pop()
        self.waiting_tokens -= self._lengths[position]
        return position


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts of one model, of one or many requests, to be embedded together."""

    model: NeuralTextModel
    parts: Sequence[tuple[Work, int]]
    tokens: int

    @property
    def ids(self) -> list[TokenIds]:
        """Token ids of its texts."""
        return [work.ids[position] for work, position in self.parts]

    def deliver(self, embeddings: NDArray[np.float32]) -> None:
        """Hand out the embeddings, float32 [texts, d]; a request that has all of its own goes on."""
        for (work, position), embedding in zip(self.parts, embeddings, strict=True):
            work.embeddings[position] = embedding
            work.unfinished -= 1
            if not (work.unfinished or work.done.done()):
                work.done.set_result(work.embeddings)

    def fail(self, error: Exception) -> None:
        """Let every request that has texts here raise the error."""
        for work, _ in self.parts:
            if not work.done.done():
                work.done.set_exception(error)


class WaitingTexts:
    """Bounded by tokens, one line of requests a model; safe to use from several threads.

    In a line every request has one text embedded, then its turn is over until the others had theirs: a thousand texts
    delay a query by a batch, not by a thousand texts. Models take turns by batches. And however long a request is, it
    is charged an eighth of the room at most, so that one or two of them do not shut out everybody else.
    """

    def __init__(self, most_tokens: int) -> None:
        self.tokens = 0
        self._most_tokens = most_tokens
        self._most_charged = max(1, most_tokens // _REQUESTS)
        self._charged = 0
        self._idle = 0
        self._lines: dict[NeuralTextModel, deque[Work]] = {}
        self._changed = Condition()
        self._closed = False

    def add(self, work: Work) -> bool:
        """Put it at the end of its line; False where there is no room for it."""
        with self._changed:
            charge = self._charge(work)
            if self._charged + charge > self._most_tokens:
                return False
            self._charged += charge
            self.tokens += work.waiting_tokens
            self._lines.setdefault(work.model, deque()).append(work)
            self._changed.notify_all()
            return True

    def discard(self, work: Work) -> None:
        """Forget what still waits of a request that nobody waits for any longer."""
        with self._changed:
            if work.next_tokens:
                self._charged -= self._charge(work)
                self.tokens -= work.waiting_tokens
                self._lines[work.model].remove(work)

    def take(self) -> Batch | None:
        """Wait for texts and take a batch of them, or one that is longer; None once this is closed.

        Where several threads wait for texts, each takes its part of them.
        """
        with self._changed:
            self._idle += 1
            while not (self._closed or self.tokens):
                self._changed.wait()
            part = self.tokens // self._idle
            self._idle -= 1
            if self._closed:
                return None
            model = next(model for model, line in self._lines.items() if line)
            budget = min(_budget_of(model), max(_LEAST_TOKENS, part))
            line = self._lines.pop(model)
            batch = self._first_of(line, model, budget)
            if line:
                self._lines[model] = line
            return batch

    def close(self) -> None:
        """Let every `take` return."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _first_of(self, line: deque[Work], model: NeuralTextModel, budget: int) -> Batch:
        parts: list[tuple[Work, int]] = []
        tokens = 0
        while line and (not parts or tokens + line[0].next_tokens <= budget):
            work = line.popleft()
            tokens += work.next_tokens
            parts.append((work, self._taken(work)))
            if work.next_tokens:
                line.append(work)
        self.tokens -= tokens
        return Batch(model, parts, tokens)

    def _taken(self, work: Work) -> int:
        before = self._charge(work)
        position = work.take()
        self._charged -= before - self._charge(work)
        return position

    def _charge(self, work: Work) -> int:
        return min(work.waiting_tokens, self._most_charged)


def _budget_of(model: NeuralTextModel) -> int:
    """What a forward pass computes best, which is short enough to wait for."""
    return GPU_TOKEN_BUDGET if getattr(model, "on_gpu", False) else TOKEN_BUDGET
