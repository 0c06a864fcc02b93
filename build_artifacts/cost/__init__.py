"""What a deployment costs a month: list prices times quantities that follow from its settings and its use."""

from build_artifacts.cost.line import Line
from build_artifacts.cost.model import lines
from build_artifacts.cost.options import Deployment, Use

__all__ = ["Deployment", "Line", "Use", "lines"]
