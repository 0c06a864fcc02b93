"""JSON written quickly, without NaN."""

import json
from typing import Any

from pydantic_core import PydanticSerializationError, to_json
from starlette.responses import Response


class JsonAnswer(Response):
    """Dataclasses, mappings and sequences as JSON; NaN and infinities as null.

    The response models document and test the shape; validating every answer again would cost more than to write it.
    """

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The body, in UTF-8."""
        try:
            return to_json(content, inf_nan_mode="null")
        except PydanticSerializationError:
            # A table may hold half a surrogate pair, which only an escape can express.
            return json.dumps(content, default=dict).encode("ascii")
