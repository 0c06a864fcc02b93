"""Linear projections learned from labels: nearness then means what the labels say it means."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

KEPT_VARIANCE = 0.9995


def fit_logistic(blocks: Floats, labels: NDArray[np.bool_], strength: float) -> tuple[Doubles, float]:
    """Weights [D] and intercept of a ridge logistic regression on standardised features.

    `strength` is scikit-learn's C for 1,000 rows; it is scaled so that the penalty a row weighs the same.
    """
    deviation = blocks.std(axis=0, dtype=np.float64)
    used = deviation > 1e-6
    if not used.any():
        share = float(labels.mean())
        return np.zeros(blocks.shape[1]), float(np.log(share / (1 - share)))
    mean = blocks.mean(axis=0, dtype=np.float64)
    standard = ((blocks[:, used] - mean[used]) / deviation[used]).astype(np.float32)
    model = LogisticRegression(C=strength * 1000 / len(blocks), max_iter=200, tol=1e-4).fit(standard, labels)
    weights = np.zeros(blocks.shape[1])
    weights[used] = model.coef_[0] / deviation[used]
    return weights, float(model.intercept_[0] - weights @ mean)


def relevance(weights: Doubles, power: float) -> Floats:
    """What each feature counts for nearness: |weight|^power, the largest 1; float32 [D].

    A feature that does not matter to the label stops mattering to nearness. Source: relevance learning, as in Hammer
    & Villmann, Generalized relevance learning vector quantization, Neural Networks 15 (2002).
    """
    scale = np.abs(weights) ** power
    return np.asarray(scale / max(float(scale.max()), 1e-12), dtype=np.float32)


def relevance_projection(blocks: Floats, scale: Floats) -> Floats:
    """Scale each feature, then rotate onto the directions in which the scaled ones vary, float32 [D, d].

    Dot products stay those of the scaled features, up to the variance that the directions left out hold.
    """
    scaled = blocks * scale
    variances, vectors = np.linalg.eigh((scaled.T @ scaled).astype(np.float64))
    variances, vectors = np.maximum(variances[::-1], 0.0), vectors[:, ::-1]
    kept = int(np.searchsorted(np.cumsum(variances) / variances.sum(), KEPT_VARIANCE)) + 1
    return np.asarray(scale[:, None] * vectors[:, :kept], dtype=np.float32)


def discriminant_projection(blocks: Floats, classes: NDArray[np.int64], dimension: int, shrinkage: float) -> Floats:
    """Shrinkage LDA, float32 [D, d]: directions that part the classes, scaled by the root of how well they do.

    Source: Fisher's discriminant with Ledoit-Wolf's form of shrinkage, as in Friedman, Regularized Discriminant
    Analysis, JASA 84 (1989).
    """
    _, inverse, counts = np.unique(classes, return_inverse=True, return_counts=True)
    data = blocks.astype(np.float64)
    means = np.zeros((len(counts), data.shape[1]))
    np.add.at(means, inverse, data)
    means /= counts[:, None]
    within = data - means[inverse]
    covariance = within.T @ within / len(data)
    ridge = shrinkage * np.trace(covariance) / len(covariance)
    covariance = (1.0 - shrinkage) * covariance + ridge * np.eye(len(covariance))
    between = (means - data.mean(axis=0)) * np.sqrt(counts / len(data))[:, None]
    whiten = np.linalg.inv(np.linalg.cholesky(covariance))
    _, strengths, directions = np.linalg.svd(between @ whiten.T, full_matrices=False)
    kept = min(dimension, int((strengths > 1e-6).sum()))
    return np.asarray((whiten.T @ directions[:kept].T) * np.sqrt(strengths[:kept]), dtype=np.float32)


def refine_neighbors(
    blocks: Floats, classes: NDArray[np.int64], projection: Floats, *, seed: int, epochs: int = 10
) -> Floats:
    """Move a projection so that a row's near neighbours are of its own class; float32 [D, d].

    Minimises the soft neighbour loss over batches of 2,048 rows by Adam. Source: Goldberger et al., Neighbourhood
    Components Analysis, NIPS 2004, on cosines as in Khosla et al., Supervised Contrastive Learning, NeurIPS 2020.
    """
    size, temperature, peak = min(2048, len(blocks)), 0.08, 2e-3
    rng = np.random.default_rng(seed)
    current = projection / np.float32(np.linalg.norm(blocks[:size] @ projection, axis=1).mean())
    momentum, speed = np.zeros_like(current), np.zeros_like(current)
    total = epochs * (len(blocks) // size)
    for step in range(total):
        if step % (len(blocks) // size) == 0:
            order = rng.permutation(len(blocks))
        chosen = order[(step % (len(blocks) // size)) * size :][:size]
        gradient = _neighbor_gradient(blocks[chosen], classes[chosen], current, temperature)
        momentum = 0.9 * momentum + 0.1 * gradient
        speed = 0.999 * speed + 0.001 * gradient**2
        rate = peak * min(1.0, (step + 1) / (0.3 * total)) * min(1.0, (total - step) / (0.7 * total))
        corrected = momentum / (1 - 0.9 ** (step + 1))
        current = current - np.float32(rate) * corrected / (np.sqrt(speed / (1 - 0.999 ** (step + 1))) + 1e-8)
    return np.asarray(current, dtype=np.float32)


def _neighbor_gradient(blocks: Floats, classes: NDArray[np.int64], projection: Floats, temperature: float) -> Floats:
    """Gradient, with respect to the projection, of the mean -log share of a row's soft neighbours of its own class."""
    projected = blocks @ projection
    lengths = np.maximum(np.linalg.norm(projected, axis=1, keepdims=True), 1e-9)
    v = projected / lengths
    s = (v @ v.T) / np.float32(temperature)
    np.fill_diagonal(s, -np.inf)
    same = classes[:, None] == classes[None]
    np.fill_diagonal(same, val=False)
    rows = same.any(axis=1)
    weights = np.exp(s - s.max(axis=1, keepdims=True))
    share = weights / weights.sum(axis=1, keepdims=True)
    own = np.where(same, weights, 0.0)
    own /= np.maximum(own.sum(axis=1, keepdims=True), 1e-12)
    pull = (share - own) * rows[:, None] / (np.float32(temperature) * max(int(rows.sum()), 1))
    grad_v = (pull + pull.T) @ v
    grad_projected = (grad_v - v * (grad_v * v).sum(axis=1, keepdims=True)) / lengths
    return np.asarray(blocks.T @ grad_projected, dtype=np.float32)
