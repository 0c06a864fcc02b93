"""What every request passes through, as pure ASGI."""

from functions.api.middleware.api_keys import ApiKeys
from functions.api.middleware.body_limit import BodyLimit
from functions.api.middleware.gateway_authorization import GatewayAuthorization
from functions.api.middleware.metrics import Metrics
from functions.api.middleware.request_context import RequestContext

__all__ = ["ApiKeys", "BodyLimit", "GatewayAuthorization", "Metrics", "RequestContext"]
