"""What a lead may hold: the columns of the bundle's customers."""

from collections.abc import Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from leadgen.bundle import TableManifest
from leadgen.features import Row
from leadgen.settings import Settings
from pydantic import BaseModel, ConfigDict, Field, create_model

from functions.api.schemas.columns import Columns, ShortText, column_fields, columns_model

_DUPLICATES = "Only used to find duplicates, never for the scores."


class LeadSchema:
    """The request models of one bundle, and what they cannot express."""

    def __init__(self, customers: TableManifest, settings: Settings) -> None:
        others = dict.fromkeys(customers.duplicate_columns.values(), _DUPLICATES)
        fields = column_fields(customers.plan, others, settings.max_text_length) | {
            "customer_id": (
                ShortText | None,
                Field(
                    None, alias="customer_id", description="The lead's own id; a customer is never its own neighbour."
                ),
            ),
            "email": (
                ShortText | None,
                Field(None, alias="email", description="Address of a person. A customer's address makes a duplicate."),
            ),
        }
        doc = "A lead. Every column may be absent or null, but one that scores are made of must say something."
        self.plan = customers.plan
        self.lead = columns_model("Lead", doc, fields, customers.example)
        self.leads = _leads_model(self.lead, settings.max_leads, customers.example)

    def rows(self, leads: Sequence[Columns], *place: str) -> list[Row]:
        """The leads as rows; raises RequestValidationError for those of which nothing can be scored."""
        rows: list[Row] = [lead.row() for lead in leads]
        empty = [i for i, row in enumerate(rows) if self.plan.is_empty(row)]
        if empty:
            needed = f"Nothing to score: give at least one of {', '.join(self.plan.features)}"
            raise RequestValidationError(
                [{"loc": ("body", *place, *([i] if place else [])), "msg": needed} for i in empty]
            )
        return rows


def _leads_model(lead: type[Columns], most: int, example: dict[str, Any]) -> type[BaseModel]:
    config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"leads": [example]}]} if example else {})
    base = type("LeadsBase", (BaseModel,), {"model_config": config})
    field = Field(min_length=1, max_length=most, description="Answered in this order.")
    return create_model("Leads", __base__=base, __doc__="Leads to score together.", leads=(list[lead], field))  # type: ignore[valid-type]
