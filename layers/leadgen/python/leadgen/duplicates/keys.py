"""The keys of one record, in the order in which a match on them counts."""

from collections.abc import Iterator
from dataclasses import dataclass

from leadgen.duplicates.company import company_domains, company_name_key, place_key
from leadgen.duplicates.email import Email, parse_email
from leadgen.duplicates.person import person_keys

# Only the same person's mailbox blocks; all that is weaker flags.
BLOCKING_RULES: tuple[str, ...] = ("email_exact", "email_canonical")
PERSON_RULES: tuple[str, ...] = ("role_email", "name_company", "name_company_sound", "name_company_initial")
COMPANY_RULES: tuple[str, ...] = ("company_domain", "company_place", "company_country")
RULES: tuple[str, ...] = BLOCKING_RULES + PERSON_RULES + COMPANY_RULES


@dataclass(frozen=True, slots=True)
class Record:
    """The columns of a customer or lead that can show a duplicate; any of them may be absent."""

    email: str | None = None
    name: str | None = None
    company: str | None = None
    country: str | None = None
    city: str | None = None
    website: str | None = None


def record_keys(record: Record) -> Iterator[tuple[str, str]]:
    """(rule, key) pairs of a record, strongest rule first; a rule may come more than once, or not at all."""
    email = parse_email(record.email)
    company = company_name_key(record.company)
    domains = company_domains(email, record.website)
    if email is not None:
        yield from _email_keys(email)
    scopes = [f"domain:{domain}" for domain in domains] + ([f"company:{company}"] if company else [])
    yield from person_keys(record.name, scopes)
    for domain in domains:
        yield "company_domain", domain
    if company:
        yield from _company_keys(company, record.country, record.city)


def _email_keys(email: Email) -> Iterator[tuple[str, str]]:
    if email.is_role:
        yield "role_email", email.canonical
    else:
        yield "email_exact", email.exact
        yield "email_canonical", email.canonical


def _company_keys(company: str, country: str | None, city: str | None) -> Iterator[tuple[str, str]]:
    nation = place_key(country)
    if not nation:
        return
    place = place_key(country, city)
    if place != nation:
        yield "company_place", f"{company}\n{place}"
    yield "company_country", f"{company}\n{nation}"
