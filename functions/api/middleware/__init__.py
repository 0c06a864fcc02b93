"""What every request passes through, as pure ASGI."""

from functions.api.middleware.api_keys import ApiKeys
from functions.api.middleware.body_limit import BodyLimit
from functions.api.middleware.cancel_on_disconnect import CancelOnDisconnect
from functions.api.middleware.gateway_authorization import GatewayAuthorization
from functions.api.middleware.metrics import Metrics
from functions.api.middleware.prometheus import CountRequests, RequestMeasures
from functions.api.middleware.rate_limit import RateLimit
from functions.api.middleware.request_context import RequestContext
from functions.api.middleware.stack import add_middleware

__all__ = [
    "ApiKeys",
    "BodyLimit",
    "CancelOnDisconnect",
    "CountRequests",
    "GatewayAuthorization",
    "Metrics",
    "RateLimit",
    "RequestContext",
    "RequestMeasures",
    "add_middleware",
]
