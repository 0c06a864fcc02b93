"""The limits of the quality gate."""

from leadgen.settings import PREFIX
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class GateSettings(BaseSettings):
    """Each is an environment variable, `LEADGEN_GATE_` and its name.

    Where a measure is an estimate from few rows, the gate widens its limit by what chance alone explains (two standard
    errors), so the same limits fit tables of some hundred and of millions of rows.
    """

    model_config = SettingsConfigDict(
        env_prefix=f"{PREFIX}GATE_", frozen=True, extra="ignore", env_ignore_empty=True, populate_by_name=True
    )

    min_auc: float = Field(
        default=0.5, ge=0, le=1, description="Least AUC of the customers' scorer; 0.5 is a guess. 0 switches it off."
    )
    auc_drop: float = Field(
        default=0.03, ge=0, le=1, description="How far that AUC may fall below the bundle in service."
    )
    min_recall: float = Field(
        default=0.98, ge=0, le=1, description="Least share of the 20 truly nearest rows that each index finds."
    )
    precision_drop: float = Field(
        default=0.05, ge=0, le=1, description="How far precision@10 of similar companies may fall."
    )
    rows_drop: float = Field(default=0.2, ge=0, le=1, description="Largest share of a table's rows that may be gone.")
    rows_rise: float = Field(default=1.0, ge=0, description="Largest growth of a table; 1 is twice the rows.")
    high_value_change: float = Field(
        default=0.3, ge=0, description="Largest change of the high-value share, relative to the rarer kind of customer."
    )
    rejected_rise: float = Field(
        default=0.05, ge=0, le=1, description="Largest rise of the share of rows that cannot be used."
    )
    label_agreement: float = Field(
        default=0.8, ge=0, le=1, description="Least share of known customers that keep their label, of each kind."
    )
    novel_share: float = Field(
        default=0.12,
        ge=0,
        le=1,
        description="Largest share of the new rows with a novelty p-value of at most 0.05 in the bundle in service.",
    )
    novelty_distance: float = Field(
        default=0.15,
        ge=0,
        le=1,
        description="Largest Kolmogorov-Smirnov distance of those p-values from the uniform distribution.",
    )
    rank_correlation: float = Field(
        default=0.6,
        ge=-1,
        le=1,
        description="Least rank correlation of the two bundles' probabilities of the same requests.",
    )
    neighbor_overlap: float = Field(
        default=0.15, ge=0, le=1, description="Least share of the 10 nearest rows that both bundles name."
    )
    golden_share: float = Field(
        default=1.0, ge=0, le=1, description="Least share of the golden queries that are answered as expected."
    )
    sample: int = Field(default=400, ge=20, le=10_000, description="Requests that both bundles answer.")
    golden: str | None = Field(
        default=None, description="File of golden queries; `inputs/golden.json` of the bucket by default."
    )
    accept: str | None = Field(
        default=None,
        description="Id of a refused snapshot, as its report names it, that a person accepts all the same; "
        "any other snapshot is judged as ever.",
    )
