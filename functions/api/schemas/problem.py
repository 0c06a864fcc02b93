"""Problems in the OpenAPI document."""

from pydantic import BaseModel, Field


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    pointer: str | None = Field(None, description="JSON pointer (RFC 6901) to the value in the body.")
    parameter: str | None = Field(None, description="Name of the parameter in the path or query.")
    detail: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """A problem (RFC 9457)."""

    type: str = Field(description="Always `about:blank`: the status says what kind of problem it is.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened, and what to do about it.")
    instance: str = Field(description="`urn:request-id:` and the request's id.")
    request_id: str = Field(description="Also in the header `X-Request-Id` and in the log.")
    errors: list[Fault] | None = Field(None, description="The single faults, the first twenty.")
