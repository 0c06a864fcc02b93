"""What a scored lead looks like."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Record = dict[str, Any]


class Answer(BaseModel):
    """Base of answers: nothing is in them that is not documented."""

    model_config = ConfigDict(extra="forbid")


class Neighbor(Answer):
    """A customer near the lead."""

    customer_id: str
    similarity: float = Field(description="Cosine of the two vectors, -1 to 1.")
    high_value: bool
    contribution: float = Field(
        description="Its part in `contrast`'s share of high-value neighbours; the parts of all neighbours asked sum to "
        "that share less the base rate."
    )
    record: Record = Field(description="The columns that the bundle shows.")


class HighValueNeighbor(Answer):
    """A high-value customer near the lead; the nearest make `S_look`."""

    customer_id: str
    similarity: float
    record: Record


class Percentiles(Answer):
    """Share of the customers, in percent, whose own leave-one-out score is lower."""

    S_look: float
    S_novel: float
    contrast: float


class Split(Answer):
    """A score as a sum."""

    blocks: dict[str, float] = Field(description="By block: neural text, lexical text, tabular. They sum to the score.")
    columns: dict[str, float] | None = Field(None, description="By column; they sum to the block `tabular`.")
    words: dict[str, float] | None = Field(
        None, description="The strongest of the words that sum to the block `lexical`."
    )


class LeadExplanation(Answer):
    """Exact sums: the vector space is linear."""

    S_look: Split
    contrast_raw: Split


class Duplicate(Answer):
    """The record that already has this lead's mailbox."""

    customer_id: str
    rule: str = Field(
        description="`email_exact`, `email_canonical` (the same mailbox), or `online`: claimed by another "
        "lead since the build."
    )
    record: Record | None = Field(description="The columns that the bundle shows; null for `online`.")


class PossibleDuplicate(Answer):
    """A record that may be the same person or company; it never blocks."""

    customer_id: str
    rule: str


class ScoredLead(Answer):
    """The scores of one lead, or the record that it duplicates; then every score is null."""

    customer_id: str | None
    S_look: float | None = Field(description="Mean similarity to the nearest high-value customers.")
    S_novel: float | None = Field(description="1 less the mean similarity to the nearest customers of any kind.")
    contrast: float | None = Field(
        description="Log-odds of high value among the neighbours, less those of all customers: "
        "above 0 is better than chance."
    )
    contrast_raw: float | None = Field(
        description="`S_look` less the mean similarity to as many customers of any kind."
    )
    neighbor_ids: list[str] = Field(description="The nearest customers, nearest first.")
    percentiles: Percentiles | None
    probability: float | None = Field(description="Calibrated probability of high value, 0 to 1.")
    band: str | None = Field(description="The best band whose threshold the probability reaches; `low` for none.")
    novelty_p_value: float | None = Field(
        description="Share of customers at least as unlike the rest: small means unlike every known customer."
    )
    coverage: float | None = Field(description="Share of the columns with a value that the bundle knows, 0 to 1.")
    neighbors: list[Neighbor]
    high_value_neighbors: list[HighValueNeighbor]
    explanation: LeadExplanation | None = Field(description="Null for a duplicate, or with `explain=false`.")
    duplicate: Duplicate | None
    possible_duplicates: list[PossibleDuplicate]
    online_duplicates: Literal["off", "not_needed", "checked", "unavailable"] = Field(
        description="Whether the e-mail was looked up among the leads since the build (`LEADGEN_DEDUP_TABLE`); "
        "`not_needed` without a person's address or for a known duplicate."
    )
    email_problem: str | None = Field(description="Why the e-mail cannot be compared; null where it can, or is absent.")
    text_truncated: bool = Field(description="Whether the text was longer than the text model reads.")
    bundle_id: str = Field(description="The bundle that answered; the same id gives the same scores.")


class ScoredLeads(Answer):
    """Scored leads in the order they were given."""

    results: list[ScoredLead]
    bundle_id: str
