"""A run's rows in the database: written firm by firm, read back by the steps that come after."""

from .records import EarlierThemes, NewTheme, OpenRun, PendingFirm, RunConfiguration, TopicTable
from .run_store import RunStore

__all__ = ["EarlierThemes", "NewTheme", "OpenRun", "PendingFirm", "RunConfiguration", "RunStore", "TopicTable"]
