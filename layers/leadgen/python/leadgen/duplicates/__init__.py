"""Duplicates: normal forms of people and companies, keyed digests, and what a lead duplicates."""

from leadgen.duplicates.company import company_domains, company_name_key, place_key
from leadgen.duplicates.domain import company_domain, registrable_domain, website_domain
from leadgen.duplicates.email import Email, email_problem, parse_email
from leadgen.duplicates.entities import EntityCodes, entity_codes
from leadgen.duplicates.keys import RULES, Record
from leadgen.duplicates.legal_forms import name_without_suffix
from leadgen.duplicates.masking import mask_name
from leadgen.duplicates.matcher import DuplicateFlag, DuplicateMatch, DuplicateMatcher
from leadgen.duplicates.online import Claim, OnlineDuplicates, OnlineDuplicatesUnavailableError
from leadgen.duplicates.writer import DuplicateWriter

__all__ = [
    "RULES",
    "Claim",
    "DuplicateFlag",
    "DuplicateMatch",
    "DuplicateMatcher",
    "DuplicateWriter",
    "Email",
    "EntityCodes",
    "OnlineDuplicates",
    "OnlineDuplicatesUnavailableError",
    "Record",
    "company_domain",
    "company_domains",
    "company_name_key",
    "email_problem",
    "entity_codes",
    "mask_name",
    "name_without_suffix",
    "parse_email",
    "place_key",
    "registrable_domain",
    "website_domain",
]
