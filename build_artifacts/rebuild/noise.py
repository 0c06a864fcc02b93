"""How much of a difference chance alone explains."""

import math


def share_error(share: float, rows: int) -> float:
    """Standard error of a share of `rows` independent rows; half a row where none or all have it."""
    p = min(max(share, 0.5 / max(rows, 1)), 1 - 0.5 / max(rows, 1))
    return math.sqrt(p * (1 - p) / max(rows, 1))


def auc_error(auc: float, positives: int, negatives: int) -> float:
    """Standard error of an AUC. Source: Hanley & McNeil, Radiology 143 (1982)."""
    if not positives or not negatives:
        return 1.0
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (positives - 1) * (q1 - auc**2) + (negatives - 1) * (q2 - auc**2)
    return math.sqrt(max(variance, 0.0) / (positives * negatives))
