"""What `leadgen describe` is told."""

from dataclasses import dataclass
from pathlib import Path

from build_artifacts.llm import LanguageModelOptions


@dataclass(frozen=True)
class Columns:
    """Names of columns of the table; those that it lacks are empty, except the id's."""

    id: str = "company_id"
    name: str = "name"
    website: str = "website"
    description: str = "description"
    industry: tuple[str, ...] = ("industry",)
    current: str = "is_current"


@dataclass(frozen=True)
class DescribeOptions:
    """Paths may be local or s3://. `kept_at` is an s3:// folder that the state is restored from and kept in.

    `batch_wait` is how many minutes to wait for batches; None asks without them.
    """

    input_path: str
    output_path: str
    columns: Columns
    cache: Path
    kept_at: str | None
    user_agent: str
    pause: float
    sites: int
    processes: int
    language_model: LanguageModelOptions | None
    batch_wait: float | None = None
