"""What can be asked about similar companies: the columns, filters and spaces of the bundle."""

from typing import Annotated, Any, Literal

from leadgen.bundle import TableManifest
from leadgen.companies import DOMAIN, SimilarQuery
from leadgen.duplicates import website_domain
from leadgen.settings import Settings
from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator
from pydantic_core import PydanticCustomError

from functions.api.schemas.columns import Identifier, Number, ShortText, column_fields, columns_model
from functions.api.schemas.filters import filters_model

MOST_SEEDS = 50
MOST_DOMAINS = 1_000
Count = Annotated[int, Field(ge=1, le=100, description="Companies on a page.")]
Offset = Annotated[int, Field(ge=0, le=10_000, description="Companies to skip: `next_offset` of the page before.")]
Cosine = Annotated[Number, Field(ge=-1, le=1, description="Less similar companies are left out.")]
Explain = Annotated[bool, Field(description="Split every similarity over blocks, columns, words and seeds.")]
_MASK = "Only used to take the company's own name and place out of its text."


class SimilarBase(BaseModel):
    """What every bundle can be asked."""

    model_config = ConfigDict(extra="forbid", strict=True)

    like: list[Identifier] = Field([], max_length=MOST_SEEDS, description="Ids of companies to resemble.")
    unlike: list[Identifier] = Field([], max_length=MOST_SEEDS, description="Ids of companies to differ from.")
    n: Count = 10
    offset: Offset = 0
    min_similarity: Cosine = -1.0
    explain: Explain = True

    @model_validator(mode="after")
    def _check(self) -> "SimilarBase":
        both = set(self.like) & set(self.unlike)
        if both:
            raise PydanticCustomError("query", "A company is in both `like` and `unlike`")
        if getattr(self, "description", None) and getattr(self, "company", None):
            raise PydanticCustomError("query", "Give `description` or `company`, not both")
        return self


class QuerySchema:
    """The request model of one bundle's companies."""

    def __init__(self, companies: TableManifest, settings: Settings) -> None:
        self._plan = companies.plan
        self.spaces = tuple(sorted(companies.spaces)) or (companies.default_space,)
        self.model: type[SimilarBase] = create_model(
            "SimilarQuery",
            __base__=_with_examples(_examples(companies)),
            __doc__="What to look for: a description, a company that need not be known, known companies, or several.",
            **self._fields(companies, settings),
        )

    def _fields(self, companies: TableManifest, settings: Settings) -> dict[str, Any]:
        plan = companies.plan
        fields: dict[str, Any] = {}
        about = "The similarity to use; absent or null is the bundle's default."
        choice: Any = Literal[self.spaces]
        fields["space"] = (choice | None, Field(None, description=about))
        columns = column_fields(plan, dict.fromkeys(plan.mask, _MASK), settings.max_text_length)
        company = columns_model("CompanyColumns", "A company that need not be known.", columns, companies.example)
        fields["company"] = (company | None, Field(None, description="Its columns, as far as they are known."))
        if plan.text:
            text = Annotated[str, Field(max_length=settings.max_text_length)]
            fields["description"] = (text | None, Field(None, description=f"Stands for the column {plan.text[0]!r}."))
        if companies.filters:
            filters = filters_model(companies.filters)
            fields["filters"] = (filters | None, Field(None, description="On any declared column."))
        if DOMAIN in companies.filters:
            domains: Any = Field(
                [], max_length=MOST_DOMAINS, description="Hosts or addresses of companies to leave out."
            )
            fields["excluded_domains"] = (list[ShortText], domains)
        return fields

    def query(self, body: Any) -> SimilarQuery:
        """The same for the finder."""
        description, company = getattr(body, "description", None), body.company
        row = {self._plan.text[0]: description} if description is not None else company.row() if company else None
        filters = getattr(body, "filters", None)
        domains = [website_domain(text) or text for text in getattr(body, "excluded_domains", ())]
        return SimilarQuery(
            row=row,
            like=body.like,
            unlike=body.unlike,
            n=body.n,
            offset=body.offset,
            filters=filters.row() if filters else {},
            excluded_domains=domains,
            min_similarity=body.min_similarity,
            space=body.space,
            explain=body.explain,
        )


def _with_examples(examples: list[Any]) -> type[SimilarBase]:
    config = ConfigDict(json_schema_extra={"examples": list(examples)} if examples else {})
    return type("SimilarExample", (SimilarBase,), {"model_config": config})


def _examples(companies: TableManifest) -> list[Any]:
    example, plan = companies.example, companies.plan
    if plan.text and example.get(plan.text[0]):
        return [{"description": example[plan.text[0]], "n": 5}]
    return [{"company": example, "n": 5}] if example else []
