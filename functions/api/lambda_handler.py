"""The application in Lambda, behind API Gateway: HTTP API (payload 2.0) and REST API (payload 1.0) events.

The bundle is opened when the function initialises, outside the first request.
"""

import sys
from collections.abc import Mapping
from typing import Any

from leadgen.errors import LeadgenError
from leadgen.settings import read_settings
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from functions.api.json_log import log_as_json
from functions.api.start import open_app


class StagePrefix:
    """Tells the application the prefix that its addresses have outside: the stage, or a custom domain's path."""

    def __init__(self, app: Any, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Sets `root_path`, which Starlette takes off a path that begins with it."""
        scope["root_path"] = self._root_path or _stage(scope)
        await self._app(scope, receive, send)


def _stage(scope: Mapping[str, Any]) -> str:
    stage: str = scope["aws.event"].get("requestContext", {}).get("stage", "$default")
    return "" if stage == "$default" else f"/{stage}"


def _open() -> Mangum:
    try:
        settings = read_settings()
        log_as_json(settings.log_level)
        app = StagePrefix(open_app(settings), settings.root_path)
    except LeadgenError as error:
        # A stack trace would bury the one line that says what to do.
        print(f"leadgen: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    return Mangum(app, lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, "application/problem+json"])


handler = _open()
