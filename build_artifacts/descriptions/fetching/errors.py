"""Why a page was not fetched."""

from typing import Literal

Reason = Literal["address", "url", "robots", "dns", "connection", "timeout", "status", "content", "redirects"]
"""`address`: not public. `url`: nothing that may be asked for. `content`: not a page."""


class FetchError(Exception):
    """One page could not, or may not, be fetched."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class AddressRefusedError(OSError):
    """A name leads to an address that is not public; nothing was sent."""
