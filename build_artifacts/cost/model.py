"""The whole bill."""

from build_artifacts.cost.line import Line
from build_artifacts.cost.observing import observing_lines
from build_artifacts.cost.options import Deployment, Use
from build_artifacts.cost.rebuilding import rebuilding_lines
from build_artifacts.cost.running import running_lines
from build_artifacts.cost.serving import serving_lines
from build_artifacts.cost.storing import storing_lines


def lines(deployment: Deployment, use: Use) -> list[Line]:
    """Every line that is not zero, components together. There is no NAT gateway in it: none is ever created."""
    parts = (serving_lines, storing_lines, rebuilding_lines, running_lines, observing_lines)
    found = [line for part in parts for line in part(deployment, use) if line.quantity > 0]
    order = list(dict.fromkeys(line.component for line in found))
    return sorted(found, key=lambda line: order.index(line.component))
