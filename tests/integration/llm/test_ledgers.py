"""What every ledger promises, in a file and in PostgreSQL."""

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from leadgen.database.connection import DatabaseUnavailableError, connect
from leadgen.database.schema import Base, LanguageModelCall, Run
from leadgen.errors import InputError
from sqlalchemy import Engine, insert

from build_artifacts.llm import DatabaseLedger, Ledger, SqliteLedger
from build_artifacts.llm.ledger import Entry, Outcome
from build_artifacts.llm.spending import Spending

OpenLedger = Callable[[int], Ledger]
CAP = 1.0


@pytest.fixture
def file_ledger(tmp_path: Path) -> Iterator[OpenLedger]:
    opened: list[SqliteLedger] = []

    def open_ledger(run: int) -> SqliteLedger:
        opened.append(SqliteLedger(tmp_path / "folder" / "ledger.sqlite", str(run)))
        return opened[-1]

    yield open_ledger
    for ledger in opened:
        ledger.close()


@pytest.fixture
def database_ledger(empty_database: str) -> Iterator[OpenLedger]:
    engine = connect(empty_database, pool_size=8)
    Base.metadata.create_all(
        engine, tables=[Base.metadata.tables[each.__tablename__] for each in (Run, LanguageModelCall)]
    )
    run = {"quarter": "2021Q3", "input_path": "", "text_model": "", "text_model_sha256": "", "dimension": 1}
    rows = [run | {"configuration_hash": str(i), "parameters": {}, "code_version": ""} for i in range(2)]
    with engine.begin() as connection:
        connection.execute(insert(Run), rows)
    yield lambda run: DatabaseLedger(engine, run)
    engine.dispose()


@pytest.fixture(params=["file_ledger", "database_ledger"])
def ledgers(request: pytest.FixtureRequest) -> OpenLedger:
    """`ledgers(1)` and `ledgers(2)`: each call is another process's ledger of that run."""
    return request.getfixturevalue(request.param)


def entry(key: str = "question", usd: float = 0.3) -> Entry:
    return Entry(f"{key}:{uuid.uuid4().hex}", key, "test", "m", usd)


def outcome(usd: float = 0.1, answer: dict[str, Any] | None = None) -> Outcome:
    return Outcome(usd, 10, 20, answer)


def test_a_reservation_counts_until_it_is_settled(ledgers: OpenLedger) -> None:
    ledger, call = ledgers(1), entry()
    assert ledger.reserve(call, CAP)
    assert ledger.spent() == pytest.approx(0.3)
    ledger.settle(call, outcome(0.1))
    assert ledger.spent() == pytest.approx(0.1)


def test_a_released_reservation_costs_nothing(ledgers: OpenLedger) -> None:
    ledger, call = ledgers(1), entry()
    assert ledger.reserve(call, CAP)
    ledger.release(call)
    assert ledger.spent() == 0


def test_nothing_is_reserved_beyond_the_cap(ledgers: OpenLedger) -> None:
    ledger = ledgers(1)
    assert [ledger.reserve(entry(), CAP) for _ in range(4)] == [True, True, True, False]
    assert ledger.reserve(entry(usd=0.09), CAP)
    assert ledger.spent() <= CAP


def test_reservations_of_another_process_count(ledgers: OpenLedger) -> None:
    assert ledgers(1).reserve(entry(usd=0.9), CAP)
    assert not ledgers(1).reserve(entry(), CAP)


def test_another_run_has_a_cap_of_its_own(ledgers: OpenLedger) -> None:
    assert ledgers(1).reserve(entry(usd=0.9), CAP)
    assert ledgers(2).reserve(entry(usd=0.9), CAP)
    assert ledgers(2).spent() == pytest.approx(0.9)


def test_an_answer_is_found_by_every_run(ledgers: OpenLedger) -> None:
    ledger, call, answer = ledgers(1), entry(), {"name": "Zoë 🦄", "list": [1, None]}
    assert ledger.reserve(call, CAP)
    assert ledger.find("question") is None
    ledger.settle(call, outcome(answer=answer))
    assert ledgers(2).find("question") == answer


def test_a_question_answered_twice_keeps_its_first_answer_and_both_costs(ledgers: OpenLedger) -> None:
    ledger, calls = ledgers(1), [entry(), entry()]
    for call in calls:
        assert ledger.reserve(call, CAP)
    for i, call in enumerate(calls):
        ledger.settle(call, outcome(0.1, {"i": i}))
    assert ledger.find("question") == {"i": 0}
    assert ledger.spent() == pytest.approx(0.2)


def test_an_unusable_answer_costs_and_is_not_found(ledgers: OpenLedger) -> None:
    ledger, call = ledgers(1), entry()
    assert ledger.reserve(call, CAP)
    ledger.settle(call, outcome(0.1, None))
    assert ledger.find("question") is None
    assert ledger.spent() == pytest.approx(0.1)


def test_processes_that_reserve_at_once_stay_under_the_cap(ledgers: OpenLedger) -> None:
    start, each = threading.Barrier(4), [ledgers(1) for _ in range(4)]

    def reserve(ledger: Ledger) -> int:
        start.wait()
        return sum(ledger.reserve(entry(usd=0.05), CAP) for _ in range(10))

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(reserve, each)) in (19, 20)
    assert each[0].spent() <= CAP + 1e-12


def test_a_database_that_goes_away_is_waited_for(empty_database: str, database_ledger: OpenLedger) -> None:
    ledger, call = database_ledger(1), entry()
    assert ledger.reserve(call, CAP)
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(empty_database, autocommit=True) as other:
        ended = other.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}").fetchall()
    assert ended
    ledger.settle(call, outcome(0.1, {"paid": True}))
    assert ledger.find("question") == {"paid": True}


@pytest.fixture
def away() -> Iterator[Engine]:
    """A database that cannot be reached."""
    engine = connect("postgresql://u@127.0.0.1:1/app", pool_size=1)
    yield engine
    engine.dispose()


def test_one_outage_is_waited_for_once(away: Engine) -> None:
    ledger = DatabaseLedger(away, 1, patience=0.6)
    started = time.monotonic()
    for _ in range(50):
        with pytest.raises(DatabaseUnavailableError, match="cannot be reached"):
            ledger.settle(entry(), outcome())
    assert 0.6 <= time.monotonic() - started < 3


def test_a_database_that_was_given_up_is_used_again_when_it_is_back(
    empty_database: str, database_ledger: OpenLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, call, attempts = connect(empty_database), entry(), []
    assert database_ledger(1).reserve(call, CAP)

    def refuse(*_: object) -> None:
        attempts.append(1)
        raise DatabaseUnavailableError("starting up")

    ledger = DatabaseLedger(engine, 1, patience=0)
    with monkeypatch.context() as starting:
        starting.setattr("leadgen.database.connection._open", refuse)
        for _ in range(3):
            with pytest.raises(DatabaseUnavailableError, match="starting up"):
                ledger.settle(call, outcome(0.1, {"paid": True}))
    assert len(attempts) <= 2
    monkeypatch.setattr("build_artifacts.llm.database_ledger._AGAIN_SECONDS", 0)
    ledger.settle(call, outcome(0.1, {"paid": True}))
    assert ledger.find("question") == {"paid": True}
    engine.dispose()


def test_closing_does_not_wait_for_a_database_that_is_away(away: Engine) -> None:
    async def close_with_answers_under_way() -> list[object]:
        spending = Spending(DatabaseLedger(away, 1), CAP)
        asked = [asyncio.ensure_future(spending.find(str(number))) for number in range(50)]
        await asyncio.sleep(0.5)
        spending.close()
        return await asyncio.gather(*asked, return_exceptions=True)

    started = time.monotonic()
    outcomes = asyncio.run(close_with_answers_under_way())
    assert {type(each) for each in outcomes} == {DatabaseUnavailableError}
    assert time.monotonic() - started < 5


def test_a_file_that_is_no_ledger_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, but long enough to have a header " * 10)
    with pytest.raises(InputError, match=r"notes\.txt"):
        SqliteLedger(path, "run")
