"""What the application says of itself."""

from pydantic import Field

from functions.api.schemas.scored import Answer


class Rows(Answer):
    """Indexed rows; null where the bundle has no such table."""

    customers: int | None
    companies: int | None


class ServedTextModel(Answer):
    """A text model that embeds."""

    id: str = Field(description="The name that requests call it by.")
    dimension: int = Field(description="Numbers of an embedding.")
    max_tokens: int = Field(description="How many it reads of a text, special ones and its prefix included.")
    precision: str = Field(description="Number format that it computes in.")
    device: str = Field(description="Where it computes: `cpu` or `cuda`.")
    kind: str = Field(description="What the model is; `hashing` is the declared offline mode, without tokens.")


class Health(Answer):
    """The application serves."""

    status: str = Field(description="Always `ok`: an application that cannot serve does not start.")
    version: str
    bundle_id: str | None = Field(description="Null where there is no bundle.")
    built_at: str | None
    model: str | None = Field(
        description="Text model inside the bundle; null where the bundle has no text, or there is none."
    )
    model_kind: str | None = Field(description="`onnx`, a neural model, or `hashing`, the declared offline mode.")
    embedding_dimension: int | None = Field(description="Width of the text model's embeddings.")
    precision: str | None = Field(description="Number format of the text model, such as `fp32`.")
    max_tokens: int | None = Field(description="Longer texts are cut here.")
    device: str = Field(description="Where the text model runs.")
    rows: Rows
    themes: bool = Field(description="Whether topics and themes are served, out of `LEADGEN_DATABASE_URL`.")
    embedding_models: list[ServedTextModel] = Field(
        description="What `POST /embed` can name; the first is its default."
    )
    warnings: list[str] = Field(description="What a caller should know before trusting scores.")


class Link(Answer):
    """An operation."""

    method: str
    path: str
    summary: str


class Index(Answer):
    """What there is."""

    name: str
    version: str
    bundle_id: str | None
    docs: str | None
    openapi: str
    operations: list[Link]
