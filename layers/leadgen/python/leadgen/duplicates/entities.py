"""Which rows are one customer, as group codes, so that evaluation never matches a row to itself."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadgen.duplicates.company import company_domains
from leadgen.duplicates.digests import key_bytes
from leadgen.duplicates.email import parse_email


@dataclass(frozen=True, slots=True)
class EntityCodes:
    """Codes int64 [n] of the canonical e-mail and of the company's domain; equal is the same, -1 is none."""

    email: NDArray[np.int64]
    domain: NDArray[np.int64]


def entity_codes(
    emails: Sequence[Any] | None, websites: Sequence[Any] | None = None, *, key: str | bytes
) -> EntityCodes:
    """Codes of n rows from plain columns; what is no string is missing. At least one column must be given.

    Codes are 63 bits of a keyed BLAKE2b, so batches coded apart under one key agree. The company's domain is
    the website's where there is one, else the e-mail's; free mail and shared sites are no company.
    """
    count = len(emails if emails is not None else websites or ())
    secret = key_bytes(key)
    mailboxes, domains = [], []
    for address, website in zip(_column(emails, count), _column(websites, count), strict=True):
        email = parse_email(address)
        mailboxes.append(email.canonical if email else None)
        domains.append(next(iter(company_domains(email, website)), None))
    return EntityCodes(_codes(mailboxes, secret), _codes(domains, secret))


def _column(values: Sequence[Any] | None, count: int) -> list[str | None]:
    if values is None:
        return [None] * count
    return [value if isinstance(value, str) else None for value in values]


def _codes(values: Iterable[str | None], secret: bytes) -> NDArray[np.int64]:
    seen: dict[str | None, int] = {None: -1}
    return np.array([seen[v] if v in seen else seen.setdefault(v, _code(v or "", secret)) for v in values], np.int64)


def _code(value: str, secret: bytes) -> int:
    digest = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), key=secret, digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
