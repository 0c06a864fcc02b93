"""Judge a bundle on a labelled table that it was not built from."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from leadgen.companies import CompanyFinder
from leadgen.customers import LeadScorer, Scores
from leadgen.duplicates import mask_name
from leadgen.engine import Engine
from leadgen.errors import ConfigurationError, InputError
from leadgen.features import VectorSpace, embed_passages
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from build_artifacts.indices.choose_similarity import nearest_others
from build_artifacts.indices.options import TableOptions
from build_artifacts.indices.similar_by import classes_of
from build_artifacts.indices.staging import StagedTable, stage
from build_artifacts.measures import auc, brier, lift, precision_at, reliability
from build_artifacts.nearest import best_columns

_NEIGHBORS = 10
_RECALL_QUERIES = 500


def evaluate(engine: Engine, leads: TableOptions | None, companies: TableOptions | None) -> dict[str, Any]:
    """The measures of each table that is given; raises ConfigurationError where the bundle has no such part."""
    report: dict[str, Any] = {"bundle": engine.manifest.build_id}
    with tempfile.TemporaryDirectory() as folder:
        if leads is not None:
            if engine.scorer is None:
                raise ConfigurationError("this bundle holds no customers to score leads against")
            staged = stage(leads, Path(folder) / "leads", Path(folder) / "leads.csv")
            report["leads"] = evaluate_leads(engine.scorer, staged, leads)
        if companies is not None:
            if engine.finder is None:
                raise ConfigurationError("this bundle holds no companies")
            staged = stage(companies, Path(folder) / "companies", Path(folder) / "companies.csv")
            report["companies"] = evaluate_companies(engine, engine.finder, staged, companies)
    return report


def evaluate_leads(scorer: LeadScorer, staged: StagedTable, table: TableOptions) -> dict[str, Any]:
    """Score every lead as a request would; duplicates are scored too, so that the rows judged are all rows."""
    if staged.labels is None:
        raise ConfigurationError("--high-value is needed: which leads of the table turned out to be high value?")
    scores: list[Scores] = []
    for batch in staged.batches():
        rows = [
            {**row, "customer_id": row[table.id_col], "email": row.get(table.email_col or "")} for row in batch.rows
        ]
        found = scorer.score(rows, neighbors=1, explain=False, emails_block=False)
        scores += [result.scores for result in found if result.scores is not None]
    labels = staged.labels
    probability = np.array([s.probability for s in scores])
    return {
        "rows": staged.rows,
        "high_value_rows": int(labels.sum()),
        "auc": {
            name: auc(labels, [getattr(s, name) for s in scores])
            for name in ("S_look", "contrast", "contrast_raw", "probability")
        },
        "brier": brier(labels, probability),
        "brier_of_base_rate": brier(labels, np.full(len(labels), scorer.base_rate)),
        "lift_at_10_percent": lift(labels, probability),
        "reliability": reliability(labels, probability),
        "novelty_p_below_5_percent": float(np.mean([s.novelty_p_value <= 0.05 for s in scores])),
        "bands": _bands(scores, labels),
    }


def _bands(scores: list[Scores], labels: NDArray[np.bool_]) -> dict[str, Any]:
    names = np.array([s.band for s in scores])
    return {
        str(name): {
            "rows": int((names == name).sum()),
            "high_value_rate": float(labels[names == name].mean()),
        }
        for name in np.unique(names)
    }


def evaluate_companies(
    engine: Engine, finder: CompanyFinder, staged: StagedTable, table: TableOptions
) -> dict[str, Any]:
    """Precision@1 and @10 of the same class among the table's own rows, in every space and by TF-IDF in the same run.

    Rows whose text repeats another's are judged once; the companies' own names are masked for TF-IDF as well.
    """
    if table.similar_by is None:
        raise ConfigurationError("--companies-similar-by is needed: which column says that two companies are alike?")
    rows, embeddings = _distinct_rows(engine, finder, staged)
    classes = classes_of(table.similar_by, rows, table.id_col, table.plan)
    if len(rows) <= _NEIGHBORS or not (classes >= 0).any():
        raise InputError(
            f"{table.input_path}: {len(rows)} different companies, {int((classes >= 0).sum())} of which share a "
            f"{table.similar_by!r} with another, are too few to judge neighbours by"
        )
    report: dict[str, Any] = {
        "rows": len(rows),
        "similar_by": table.similar_by,
        "classes": len(np.unique(classes[classes >= 0])),
    }
    if table.text_cols:
        report["tf-idf"] = _precisions(_tfidf_neighbors(rows, table), classes)
    for name, (space, index) in finder.spaces.items():
        vectors = _vectors(space, rows, embeddings)
        report[name] = _precisions(nearest_others(vectors, _NEIGHBORS), classes)
        report[name]["recall@20"] = _recall(vectors[:_RECALL_QUERIES], index)
    return report


def _distinct_rows(
    engine: Engine, finder: CompanyFinder, staged: StagedTable
) -> tuple[list[dict[str, Any]], NDArray[np.float32] | None]:
    rows: list[dict[str, Any]] = []
    seen: set[str] = set()
    for batch in staged.batches():
        for row, passage in zip(batch.rows, batch.passages, strict=True):
            if not passage or passage not in seen:
                rows.append(row)
            seen.add(passage)
    plan, model = finder.manifest.plan, engine.model
    if model is None or not plan.text:
        return rows, None
    return rows, embed_passages([plan.passage(row) for row in rows], plan, model.encode)


def _vectors(
    space: VectorSpace, rows: list[dict[str, Any]], embeddings: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    return space.encode_embedded(rows, [space.plan.passage(row) for row in rows], embeddings).vectors


def _tfidf_neighbors(rows: list[dict[str, Any]], table: TableOptions) -> NDArray[np.int64]:
    """scikit-learn's TF-IDF with English stop words and sublinear counts: the floor that a neural model must beat."""
    plan = table.plan.model_copy(update={"mask": ()})
    texts = []
    for row in rows:
        name = plan.text_value(row.get(table.name_col or ""))
        passage = plan.passage(row)
        texts.append(mask_name(passage, [name], "") if name else passage)
    matrix = TfidfVectorizer(stop_words="english", sublinear_tf=True, min_df=2).fit_transform(texts)
    parts = []
    for start in range(0, matrix.shape[0], 1000):
        similarities = (matrix[start : start + 1000] @ matrix.T).toarray()
        own = np.arange(len(similarities))
        similarities[own, start + own] = -np.inf
        parts.append(best_columns(similarities, _NEIGHBORS))
    return np.concatenate(parts)


def _precisions(neighbors: NDArray[np.int64], classes: NDArray[np.int64]) -> dict[str, float]:
    judged = classes >= 0
    return {f"precision@{k}": precision_at(neighbors[judged], classes, classes[judged], k) for k in (1, _NEIGHBORS)}


def _recall(vectors: NDArray[np.float32], index: Any) -> float:
    """Share of the 20 truly nearest rows that the index finds."""
    stored = index.vectors(np.arange(index.size))
    k = min(20, index.size)
    exact = np.argpartition(-(vectors @ stored.T), k - 1, axis=1)[:, :k]
    found = index.search(vectors, k).rows
    return float(np.mean([len(set(e) & set(f)) / k for e, f in zip(exact.tolist(), found.tolist(), strict=True)]))


def as_table(report: Mapping[str, Any], indent: str = "") -> str:
    """The report for people: one line a figure."""
    lines = []
    for key, value in report.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{key}", as_table(value, indent + "  ")]
        elif isinstance(value, list):
            lines += [f"{indent}{key}", *(f"{indent}  {json.dumps(entry)}" for entry in value)]
        else:
            lines.append(f"{indent}{key:<28} {value:.4f}" if isinstance(value, float) else f"{indent}{key:<28} {value}")
    return "\n".join(lines)
