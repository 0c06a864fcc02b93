"""The errors a user can meet. Every message names the file, column or setting at fault and what to do about it."""


class LeadgenError(Exception):
    """Base of every error that is the user's to fix; the command line prints it without a stack trace."""


class ConfigurationError(LeadgenError):
    """A setting or flag is missing, malformed or contradicts another."""


class InputError(LeadgenError):
    """The data cannot be used: an unreadable file, a missing column, too many rejected rows."""


class ModelError(LeadgenError):
    """A text model cannot be found, compiled or loaded, or is not what its specification says."""


class BundleError(LeadgenError):
    """An artifact bundle is absent, incomplete, altered, or of another version."""
