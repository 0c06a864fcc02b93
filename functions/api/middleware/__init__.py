"""What every request passes through, as pure ASGI."""

from functions.api.middleware.body_limit import BodyLimit
from functions.api.middleware.request_context import RequestContext

__all__ = ["BodyLimit", "RequestContext"]
