"""The gate's no."""

from leadgen.errors import LeadgenError


class GateRefusedError(LeadgenError):
    """The new bundle may not replace the one in service; the message has a line for each failed check."""
