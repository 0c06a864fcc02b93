"""E-mail addresses: one normal form, one mailbox per person, and why an address cannot be used."""

import re
import unicodedata
from dataclasses import dataclass

from leadgen.duplicates.domain import ascii_domain
from leadgen.duplicates.providers import MAILBOX_RULES

# RFC 5321 4.5.3.1 allows 64 octets before the @ and 254 in all; white space around may make a text longer.
_MAX_TEXT = 1_024
_MAX_LOCAL = 64
_MAX_ADDRESS = 254
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_WORDS = re.compile(r"[._-]")

# RFC 2142 sections 3 to 5, then names that companies commonly hand to a team.
_ROLES_TEXT = """
info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp
admin administrator root office contact contacts contactus hello hi mail email inbox enquiries enquiry
inquiries inquiry help helpdesk service services customerservice customercare customersupport care reception
billing accounts accounting accountspayable accountsreceivable ap ar finance invoice invoices payments
payroll orders order shop store purchasing procurement booking bookings reservations jobs job careers career
recruitment recruiting hr hiring press media pr newsletter noreply donotreply mailer bounce bounces legal
privacy compliance dpo gdpr it ops operations devops dev team staff everyone all partners partner ir
investors events feedback subscribe unsubscribe registrar tech technical web website kontakt kundenservice
buchhaltung vertrieb verkauf bewerbung contacto ventas soporte administracion facturacion comercial compras
contato vendas contatti vendite commerciale amministrazione acheteur ventes commercial compta comptabilite
accueil biuro sekretariat myynti salg ordre post firmapost
"""
_ROLES = frozenset(_ROLES_TEXT.split())
# Words that only narrow a role ("sales.emea", "support-team"); alone they are no role.
_QUALIFIERS_TEXT = """
no do not reply team desk dept department group global international emea apac latam europe asia americas
north south east west uk us usa eu de fr es it nl be ch at se dk fi pl au ca jp cn customer client
"""
_QUALIFIERS = frozenset(_QUALIFIERS_TEXT.split())


@dataclass(frozen=True, slots=True)
class Email:
    """An address in normal form (`exact`), its mailbox (`canonical`), domain, and whether a team reads it."""

    exact: str
    canonical: str
    domain: str
    is_role: bool


def parse_email(text: str | None) -> Email | None:
    """The address, or None when it is absent or unusable (`email_problem` says why). Never raises.

    NFKC, trim, lower case, IDNA to ASCII; folding to a mailbox only by the rules in `providers`.
    """
    read = _read(text)
    return read if isinstance(read, Email) else None


def email_problem(text: str | None) -> str | None:
    """Why the text is no usable address, or None when it is one."""
    read = _read(text)
    return None if isinstance(read, Email) else read


def _read(text: str | None) -> Email | str:
    if not isinstance(text, str):
        return "is missing"
    if len(text) > _MAX_TEXT:
        return f"is longer than {_MAX_ADDRESS} characters"
    address = _normal_form(text)
    if not address:
        return "is empty"
    local, at, host = address.partition("@")
    if not at or "@" in host:
        return "must have exactly one @"
    problem = _local_problem(local)
    if problem:
        return problem
    domain = ascii_domain(host)
    if domain is None:
        return "has a domain that is not a valid Internet name"
    exact = f"{local}@{domain}"
    if len(exact.encode()) > _MAX_ADDRESS:
        return f"is longer than {_MAX_ADDRESS} characters"
    return Email(exact, _mailbox(local, domain), domain, _is_role(local))


def _normal_form(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii():
        # Lower-casing can leave a sequence that composes again (U+0130).
        text = unicodedata.normalize("NFKC", text.lower())
    return text.lower().strip().strip(_INVISIBLE).strip()


def _local_problem(local: str) -> str | None:
    if not local:
        return "has nothing before the @"
    if any(_unusable(character) for character in local):
        return "has a space or an invisible character before the @"
    if len(local.encode()) > _MAX_LOCAL:
        return f"has more than {_MAX_LOCAL} characters before the @"
    if not _DOT_ATOM.fullmatch(local):
        return "has a misplaced dot or a character that needs quoting before the @"
    return None


def _unusable(character: str) -> bool:
    return not "!" <= character <= "~" and unicodedata.category(character)[0] in "CZ"


def _mailbox(local: str, domain: str) -> str:
    rule = MAILBOX_RULES.get(domain)
    if rule is None:
        return f"{local}@{domain}"
    name = local.partition("+")[0]
    if rule.dots_ignored:
        name = name.replace(".", "")
    return f"{name or local}@{rule.domain}"


def _is_role(local: str) -> bool:
    name = local.partition("+")[0]
    if name in _ROLES:
        return True
    words = _WORDS.split(name)
    if "".join(words) in _ROLES:
        return True
    return any(word in _ROLES for word in words) and all(word in _ROLES or word in _QUALIFIERS for word in words)
