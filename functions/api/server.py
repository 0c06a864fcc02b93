"""The application as a plain server: `python -m functions.api.server`."""

import sys

import uvicorn
from leadgen.errors import ConfigurationError, LeadgenError
from leadgen.settings import Settings, read_settings

from functions.api.corked import CorkedProtocol
from functions.api.json_log import log_as_json
from functions.api.start import open_app


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests in progress are finished first. Raises LeadgenError at start."""
    if settings.require_authorizer:
        raise ConfigurationError(
            "LEADGEN_REQUIRE_AUTHORIZER is set, but no request to a plain server comes through API Gateway: unset it, "
            "and set LEADGEN_API_KEYS."
        )
    log_as_json(settings.log_level)
    config = uvicorn.Config(
        open_app(settings),
        host=settings.host,
        port=settings.port,
        http=CorkedProtocol,
        root_path=settings.root_path,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        ws="none",
    )
    uvicorn.Server(config).run()


def main() -> int:
    """2 where the application cannot start: the reason is one line on standard error."""
    try:
        serve(read_settings())
    except LeadgenError as error:
        print(f"leadgen: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
