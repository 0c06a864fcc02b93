"""Keys of a company: its own Internet domain, and its name without legal form at a place."""

from leadgen.duplicates.domain import company_domain, website_domain
from leadgen.duplicates.email import Email
from leadgen.duplicates.folding import words
from leadgen.duplicates.legal_forms import name_without_suffix

_MAX_NAME = 500
_COUNTRIES = {
    "us": "unitedstates",
    "usa": "unitedstates",
    "unitedstatesofamerica": "unitedstates",
    "uk": "unitedkingdom",
    "gb": "unitedkingdom",
    "greatbritain": "unitedkingdom",
    "england": "unitedkingdom",
    "deutschland": "germany",
    "holland": "netherlands",
    "thenetherlands": "netherlands",
    "korea": "southkorea",
    "republicofkorea": "southkorea",
    "russianfederation": "russia",
    "czechia": "czechrepublic",
    "uae": "unitedarabemirates",
}


def company_name_key(name: str | None) -> str:
    """The folded name without legal forms, spaces and "and": "Müller & Söhne GmbH" → "mullersohne"."""
    if not name:
        return ""
    core = words(name_without_suffix(name[:_MAX_NAME]))
    return "".join(word for word in core if word != "and") or "".join(core)


def place_key(country: str | None, city: str | None = None) -> str:
    """Country, and city when given, folded and without spaces; "" when there is no country."""
    nation = "".join(words(country or ""))
    if not nation:
        return ""
    return f"{_COUNTRIES.get(nation, nation)}|{''.join(words(city or ''))}"


def company_domains(email: Email | None, website: str | None) -> list[str]:
    """Company domains shown by an address and a website, the website's first; none for free mail."""
    found = [company_domain(website_domain(website))] if website else []
    if email is not None:
        found.append(company_domain(email.domain))
    return list(dict.fromkeys(domain for domain in found if domain))
