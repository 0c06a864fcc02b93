"""Requests a minute from one caller."""

import json
from typing import Any

import pytest
from asgi import answers, ask

from functions.api.middleware import ApiKeys, RateLimit, rate_limit

ONE, OTHER = "k" * 20, "o" * 20


class Clock:
    """Time as the test says."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(rate_limit, "time", clock)
    return clock


def statuses(app: Any, count: int, **scope: Any) -> list[int]:
    return [ask(app, **scope).status for _ in range(count)]


def test_a_minutes_requests_may_come_at_once_and_then_one_each_interval(clock: Clock) -> None:
    app = RateLimit(answers, 30, by_key=False)
    assert statuses(app, 31, client=("192.0.2.1", 1)) == [200] * 30 + [429]
    clock.now += 1.9
    assert statuses(app, 1, client=("192.0.2.1", 2)) == [429]
    clock.now += 0.1
    assert statuses(app, 2, client=("192.0.2.1", 3)) == [200, 429]
    clock.now += 3600
    assert statuses(app, 31, client=("192.0.2.1", 4)) == [200] * 30 + [429]


def test_the_refusal_says_when_to_come_back(clock: Clock) -> None:
    app = RateLimit(answers, 2, by_key=False)
    statuses(app, 2)
    clock.now += 10.5
    refused = ask(app)
    assert refused.status == 429
    assert refused.headers["retry-after"] == "20"
    assert json.loads(refused.body)["status"] == 429
    clock.now += 20
    assert ask(app).status == 200


@pytest.mark.usefixtures("clock")
def test_each_address_is_counted_for_itself() -> None:
    app = RateLimit(answers, 1, by_key=False)
    assert [ask(app, client=(f"192.0.2.{last}", 1)).status for last in (1, 2, 1)] == [200, 200, 429]


@pytest.mark.usefixtures("clock")
def test_with_keys_each_key_is_counted_for_itself_wherever_it_comes_from() -> None:
    app = ApiKeys(RateLimit(answers, 1, by_key=True), [ONE, OTHER])
    shown = [({"x-api-key": ONE}, 1), ({"authorization": f"Bearer {ONE}"}, 2), ({"x-api-key": OTHER}, 1)]
    found = [ask(app, headers=headers, client=(f"192.0.2.{last}", 1)).status for headers, last in shown]
    assert found == [200, 429, 200]


@pytest.mark.usefixtures("clock")
def test_the_health_check_is_not_counted() -> None:
    assert statuses(RateLimit(answers, 1, by_key=False), 3, path="/health") == [200] * 3


@pytest.mark.usefixtures("clock")
def test_callers_without_end_take_memory_that_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_MOST_CALLERS", 5)
    app = RateLimit(answers, 1, by_key=False)
    for last in range(100):
        assert ask(app, client=(f"192.0.2.{last}", 1)).status == 200
    assert len(app._due) == 5
    assert ask(app, client=("192.0.2.99", 1)).status == 429
