"""Mailboxes claimed between rebuilds: who asks the table, under which name, and what an outage does."""

import time
from typing import Any

import pytest
from leadgen.duplicates import Claim, OnlineDuplicatesUnavailableError

from functions.api import online
from functions.api.online import NOT_NEEDED, OFF, UNAVAILABLE, OnlineLookup

LEAD = {"customer_id": "lead-1", "email": "a@b.example"}


class Table:
    """One mailbox each, like the table."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.down = False
        self.asked = 0

    def claim_email(self, email: str | None, lead_id: str) -> Claim | None:
        self.asked += 1
        if self.down:
            raise OnlineDuplicatesUnavailableError("down")
        if email is None or email.startswith("info@"):
            return None
        holder = self.held.setdefault(email, lead_id)
        return Claim(won=holder == lead_id, holder=holder, expires_at=0)


def one(lookup: OnlineLookup, lead: dict[str, Any], request_id: str = "r", *, wanted: bool = True) -> Any:
    return lookup.look_up([lead], [wanted], request_id)[0]


def test_the_second_lead_learns_who_was_first_and_a_retry_wins_again() -> None:
    lookup = OnlineLookup(Table())
    assert one(lookup, LEAD).conflict is None
    assert one(lookup, LEAD).conflict is None
    assert one(lookup, LEAD | {"customer_id": "lead-2"}).conflict.holder == "lead-1"


def test_a_lead_without_an_id_claims_as_its_request() -> None:
    lookup = OnlineLookup(Table())
    nameless = {"email": "a@b.example"}
    assert one(lookup, nameless, "first").conflict is None
    assert one(lookup, nameless, "first").conflict is None
    assert one(lookup, nameless, "second").conflict.holder == "first#0"


def test_two_of_one_request_conflict() -> None:
    found = OnlineLookup(Table()).look_up([{"email": "a@b.example"}] * 2, [True, True], "r")
    assert sorted(lookup.conflict is None for lookup in found) == [False, True]


def test_nothing_is_claimed_that_need_not_be() -> None:
    table = Table()
    lookup = OnlineLookup(table)
    assert one(lookup, LEAD, wanted=False) is NOT_NEEDED
    assert one(lookup, {"email": None}) is NOT_NEEDED
    assert table.asked == 0
    assert one(lookup, {"email": "info@b.example"}) is NOT_NEEDED
    assert one(OnlineLookup(None), LEAD) is OFF


def test_an_outage_is_said_and_the_table_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table()
    lookup = OnlineLookup(table)
    table.down = True
    assert one(lookup, LEAD) is UNAVAILABLE
    table.down = False
    assert one(lookup, LEAD) is UNAVAILABLE
    assert table.asked == 1
    later = time.monotonic() + 11
    monkeypatch.setattr(online.time, "monotonic", lambda: later)
    assert one(lookup, LEAD).state == "checked"
    lookup.close()
