"""Every knob of a deployment, typed and checked: a file for each theme, one object that holds them all."""

from cdk.settings.api import CustomDomain
from cdk.settings.delivery import Delivery
from cdk.settings.deployment import Settings
from cdk.settings.flags import DESCRIBE_FLAGS, GATE_LIMITS, TABLE_FLAGS, TOPICS_FLAGS
from cdk.settings.reading import SettingsError, read_settings

__all__ = [
    "DESCRIBE_FLAGS",
    "GATE_LIMITS",
    "TABLE_FLAGS",
    "TOPICS_FLAGS",
    "CustomDomain",
    "Delivery",
    "Settings",
    "SettingsError",
    "read_settings",
]
