"""What a raw score means among the user's own customers: percentile, p-value, probability, band."""

import json
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict

from leadgen.errors import BundleError

Floats = NDArray[np.float64]

Scorer = Literal["S_look", "contrast", "blend"]


def conformal_p_value(reference: Floats, novel: ArrayLike) -> Floats:
    """`(1 + #{reference as novel or more}) / (n + 1)` for sorted `reference` [n].

    Source: Vovk et al., Algorithmic Learning in a Random World, 2005, section 4.2.
    """
    at_least = len(reference) - np.searchsorted(reference, novel, side="left")
    return np.asarray((1.0 + at_least) / (len(reference) + 1.0))


class Band(BaseModel):
    """Leads at or above `threshold` of probability; the precision that held on rows it was not fitted to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    target_precision: float
    threshold: float | None
    """None where no threshold reaches the target: no lead gets this band."""
    precision: float | None
    share: float
    """Share of the customers that fall at or above the threshold."""


class Calibration(BaseModel):
    """Leave-one-out scores of customers, sorted, and the monotone curve from the chosen score to a probability."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scorer: Scorer
    look: list[float]
    novel: list[float]
    contrast: list[float]
    curve_scores: list[float]
    curve_probabilities: list[float]
    bands: list[Band]
    linear_weights: list[float] | None = None
    """Of the blocks, for the scorer `blend`: logistic log-odds that are added to the contrast."""
    linear_intercept: float = 0.0

    @cached_property
    def _arrays(self) -> dict[str, Floats]:
        """The lists as arrays: turning them costs more than a search in them."""
        names = ("look", "novel", "contrast", "curve_scores", "curve_probabilities", "linear_weights")
        return {name: np.asarray(getattr(self, name) or [], dtype=np.float64) for name in names}

    def percentile(self, name: Literal["look", "novel", "contrast"], scores: ArrayLike) -> Floats:
        """Percent (0–100) of customers whose leave-one-out score is below, half of the equal ones counted."""
        reference = self._arrays[name]
        low = np.searchsorted(reference, scores, side="left")
        high = np.searchsorted(reference, scores, side="right")
        return np.asarray(50.0 * (low + high) / max(len(reference), 1))

    def novelty_p_value(self, novel: ArrayLike) -> Floats:
        """Conformal p-value of a lead among the customers: small is unlike every known customer."""
        return conformal_p_value(self._arrays["novel"], novel)

    def linear(self, blocks: NDArray[np.float32]) -> Floats:
        """Logistic log-odds of rows' blocks [n, D], float64 [n]; zeros where the scorer has no such part."""
        weights = self._arrays["linear_weights"]
        return np.asarray(blocks @ weights + self.linear_intercept) if weights.size else np.zeros(len(blocks))

    def probability(self, scores: ArrayLike) -> Floats:
        """Probability of being high value: isotonic, interpolated between its steps so that ranks are kept."""
        points, values = self._arrays["curve_scores"], self._arrays["curve_probabilities"]
        return np.asarray(np.interp(np.asarray(scores, dtype=np.float64), points, values))

    def band(self, probability: float) -> str:
        """The best band whose threshold the probability reaches; "low" where it reaches none."""
        for band in self.bands:
            if band.threshold is not None and probability >= band.threshold:
                return band.name
        return "low"

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(self.model_dump_json(), "utf-8")

    @classmethod
    def load(cls, path: Path) -> "Calibration":
        """Read what `save` wrote; raises BundleError naming the file."""
        try:
            return cls.model_validate(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise BundleError(f"{path} is no calibration: {error}. Build the bundle again.") from error
