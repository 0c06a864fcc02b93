"""What a page of similar companies looks like."""

from pydantic import Field

from functions.api.schemas.scored import Answer, Record, Split


class CompanySplit(Split):
    """The similarity as a sum, three times over."""

    seeds: dict[str, float] = Field(
        description="By what was asked: `query` for the description or company, else the seed's id. "
        "They sum to the similarity."
    )


class SimilarCompany(Answer):
    """A company found."""

    company_id: str
    similarity: float = Field(description="Cosine with the combined seeds, -1 to 1.")
    record: Record = Field(description="The columns that the bundle shows.")
    explanation: CompanySplit | None = Field(description="Null with `explain` false.")


class SimilarCompanies(Answer):
    """One page, most similar first."""

    companies: list[SimilarCompany]
    space: str = Field(description="The similarity that answered; the bundle's default unless one was named.")
    matching: int = Field(description="Companies that pass the filters, however similar.")
    offset: int
    next_offset: int | None = Field(description="Where the next page starts; null on the last one.")
    text_truncated: bool = Field(description="Whether the text was longer than the text model reads.")
    bundle_id: str


class Company(Answer):
    """One company of the bundle."""

    company_id: str
    record: Record = Field(description="The columns that the bundle shows.")
    bundle_id: str
