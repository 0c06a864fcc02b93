"""Counts and distributions of one process, in Prometheus' text format.

https://prometheus.io/docs/instrumenting/exposition_formats/, "Text-based format". All of it runs in the event loop's
thread, or under the interpreter's lock where a count that is lost once in a million would not matter.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[str, ...]


@dataclass(slots=True)
class Counter:
    """What only grows, by the values of its labels."""

    name: str
    meaning: str
    labels: Labels = ()
    values: dict[Labels, float] = field(default_factory=dict)

    def add(self, amount: float = 1, labels: Labels = ()) -> None:
        """Count `amount` more."""
        self.values[labels] = self.values.get(labels, 0) + amount

    @property
    def total(self) -> float:
        """Over all labels."""
        return sum(self.values.values())

    def lines(self) -> Iterator[str]:
        """Its lines; one without labels is 0 before it is counted."""
        yield from _head(self.name, self.meaning, "counter")
        for values, value in sorted(self.values.items()) or ([] if self.labels else [((), 0)]):
            yield f"{self.name}{_braces(self.labels, values)} {value:.15g}"


@dataclass(slots=True)
class Gauge:
    """What is read when it is asked for."""

    name: str
    meaning: str
    read: Callable[[], float]

    def lines(self) -> Iterator[str]:
        """Its lines."""
        yield from _head(self.name, self.meaning, "gauge")
        yield f"{self.name} {self.read():.15g}"


@dataclass(slots=True)
class Histogram:
    """How often a value was at most each of `bounds`, which ascend, by the values of its labels."""

    name: str
    meaning: str
    bounds: Sequence[float]
    labels: Labels = ()
    counts: dict[Labels, list[int]] = field(default_factory=dict)
    sums: dict[Labels, float] = field(default_factory=dict)

    def observe(self, value: float, labels: Labels = ()) -> None:
        """Count one value."""
        counts = self.counts.setdefault(labels, [0] * (len(self.bounds) + 1))
        counts[bisect_left(self.bounds, value)] += 1
        self.sums[labels] = self.sums.get(labels, 0.0) + value

    def lines(self) -> Iterator[str]:
        """Its lines, cumulative as the format wants them."""
        yield from _head(self.name, self.meaning, "histogram")
        names = (*self.labels, "le")
        for values, counts in sorted(self.counts.items()):
            below = 0
            for bound, count in zip([*self.bounds, float("inf")], counts, strict=True):
                below += count
                shown = "+Inf" if bound == float("inf") else f"{bound:g}"
                yield f"{self.name}_bucket{_braces(names, (*values, shown))} {below}"
            labels = _braces(self.labels, values)
            yield f"{self.name}_sum{labels} {self.sums[values]:.15g}"
            yield f"{self.name}_count{labels} {below}"


Metric = Counter | Gauge | Histogram


def exposition(metrics: Iterable[Metric]) -> bytes:
    """All of them as the answer to a scrape."""
    return "".join(f"{line}\n" for metric in metrics for line in metric.lines()).encode()


def _head(name: str, meaning: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"


def _braces(names: Labels, values: Labels) -> str:
    if not names:
        return ""
    pairs = (f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
