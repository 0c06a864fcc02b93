"""Duplicates among the leads since the build: each scored lead claims its mailbox, and an outage stops nothing."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from leadgen.duplicates import Claim, OnlineDuplicates, OnlineDuplicatesUnavailableError
from leadgen.settings import Settings

_log = logging.getLogger(__name__)
_PAUSE_SECONDS = 10.0
_PARALLEL_CLAIMS = 16


@dataclass(frozen=True, slots=True)
class Lookup:
    """What came of looking an e-mail up; `conflict` is the claim of another lead."""

    state: Literal["off", "not_needed", "checked", "unavailable"]
    conflict: Claim | None = None


OFF, NOT_NEEDED, UNAVAILABLE = Lookup("off"), Lookup("not_needed"), Lookup("unavailable")


class MailboxClaims(Protocol):
    """What `OnlineDuplicates` does."""

    def claim_email(self, email: str | None, lead_id: str) -> Claim | None:
        """The claim, or None for an address that may not block."""


class OnlineLookup:
    """Claims through a table; after an outage it is left alone for ten seconds, so that leads do not queue up."""

    def __init__(self, claims: MailboxClaims | None) -> None:
        self._claims = claims
        self._resume_at = 0.0
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_PARALLEL_CLAIMS, "claims") if claims else None

    @classmethod
    def from_settings(cls, settings: Settings) -> "OnlineLookup":
        """Off where LEADGEN_DEDUP_TABLE is not set. Raises ConfigurationError, also where there is no digest key."""
        secret = settings.digest_secret()
        if not settings.dedup_table:
            return cls(None)
        return cls(OnlineDuplicates(settings.dedup_table, secret or "", settings.dedup_ttl_seconds))

    def look_up(self, leads: Sequence[Mapping[str, Any]], wanted: Sequence[bool], request_id: str) -> list[Lookup]:
        """One lookup a lead; those not `wanted` claim nothing.

        A lead claims as its `customer_id`, or else as its request and position: a retry with the same id wins again.
        """
        if self._claims is None or self._pool is None:
            return [OFF] * len(leads)
        names = [str(lead.get("customer_id") or f"{request_id}#{i}") for i, lead in enumerate(leads)]
        emails = [lead.get("email") if want else None for lead, want in zip(leads, wanted, strict=True)]
        jobs = list(zip(emails, names, strict=True))
        if len(jobs) == 1:
            return [self._one(jobs[0])]
        return list(self._pool.map(self._one, jobs))

    def _one(self, job: tuple[str | None, str]) -> Lookup:
        if not job[0] or self._claims is None:
            return NOT_NEEDED
        if time.monotonic() < self._resume_at:
            return UNAVAILABLE
        try:
            claim = self._claims.claim_email(*job)
        except OnlineDuplicatesUnavailableError:
            self._pause()
            return UNAVAILABLE
        if claim is None:
            return NOT_NEEDED
        return Lookup("checked", None if claim.won else claim)

    def _pause(self) -> None:
        with self._lock:
            self._resume_at = time.monotonic() + _PAUSE_SECONDS
        _log.warning("the table of online duplicates does not answer: leads are scored without it for a while")

    def close(self) -> None:
        """Let the threads go."""
        if self._pool:
            self._pool.shutdown(wait=False)
