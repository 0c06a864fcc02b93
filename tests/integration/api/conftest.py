"""A lead and a customer to ask about."""

from typing import Any

import pyarrow.parquet
import pytest


@pytest.fixture
def lead() -> dict[str, Any]:
    """A lead with every column of the request, and without an e-mail."""
    return {
        "customer_id": "lead-1",
        "name": "Ada Miller",
        "industry": "Software",
        "company_size": "51-200",
        "country": "Germany",
        "job_title": "Head of Data",
        "bio": "Leads a data platform team that builds analytics for logistics companies.",
        "web_activity_score": 70,
        "email_engagement_score": 55,
    }


@pytest.fixture(scope="session")
def customer(sample_bundle: Any) -> dict[str, Any]:
    """A current customer whose address is a person's."""
    rows = pyarrow.parquet.read_table(sample_bundle.customers).to_pylist()
    known = [row for row in rows if row["is_current"] and row["email"] and row["name"] and row["customer_id"]]
    return next(row for row in known if row["name"].split()[0].lower() in row["email"].lower())
