"""Build `customers/` of a bundle: space, index, rows, duplicate tables and calibration, each chosen on the data."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from leadgen.bundle import TableManifest
from leadgen.calibration import Calibration, conformal_p_value
from leadgen.duplicates import DuplicateWriter, EntityCodes, entity_codes
from leadgen.errors import InputError
from leadgen.features import VectorSpace
from leadgen.index import VectorIndex
from leadgen.scoring import Neighborhood
from numpy.typing import NDArray

from build_artifacts.jobs.embedding_cache import EmbeddingCache
from build_artifacts.jobs.progress import step

from .calibrate import calibrate, quality
from .choose_scoring import Choice, Evidence, choose_scoring, common_length, weighted
from .encode_table import embed, encode, plain_blocks, vectors_on_disk
from .examples import example_row
from .fit_space import fit_space
from .leaks import leak_warnings
from .leave_one_out import indexed_neighbors, same_entity
from .metric import fit_logistic, relevance, relevance_projection
from .options import BuildOptions, TableOptions
from .row_columns import filter_kinds, filter_values, shown_columns
from .row_writer import RowWriter
from .staging import Batch, StagedTable
from .vector_index import write_index

SAMPLE_ROWS = 20_000
LEXICAL_DIMENSION = 128
JUDGED_ROWS = 6_000
LEAST_HIGH_VALUE = 1_000
"""High-value customers are rare: so many are wanted in the sample, even beyond their share."""

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]


def build_customers(
    staged: StagedTable,
    table: TableOptions,
    build: BuildOptions,
    folder: Path,
    cache: EmbeddingCache | None,
    key: str,
) -> TableManifest:
    """Write the customers' files below `folder` and describe them."""
    labels = _checked_labels(staged, table)
    sample_rows = _sample(labels, SAMPLE_ROWS, LEAST_HIGH_VALUE, build.seed)
    with step("fit customers", len(sample_rows)) as progress:
        sample = staged.take(sample_rows)
        embeddings = embed(sample, table.plan, cache)
        space = fit_space(sample.rows, sample.passages, embeddings, table.plan, LEXICAL_DIMENSION, build.seed)
        codes = _entity_codes(staged, table, key)
        judged = _sample(labels[sample_rows], JUDGED_ROWS, LEAST_HIGH_VALUE // 2, build.seed + 1)
        blocks, length = common_length(space, plain_blocks(space, sample, embeddings, 1.0))
        evidence = Evidence(
            blocks=blocks,
            tabular_length=length,
            labels=labels[sample_rows],
            judged=judged,
            own=same_entity(EntityCodes(codes.email[sample_rows], codes.domain[sample_rows]), judged),
        )
        choice = choose_scoring(space, evidence, build.seed)
        metric = _fit_metric(space, evidence, choice, table.high_value or "")
        progress.advance(len(sample_rows))
    _write_rows(staged, table, folder, metric.space, labels, cache, key)
    index_spec = write_index(
        np.load(folder / "vectors.npy", mmap_mode="r"),
        folder / "index",
        labels,
        build.index_kind,
        threads=build.threads,
    )
    (folder / "vectors.npy").unlink()
    hood = choice.trial.hood.model_copy(update={"base_rate": float(labels.mean())})
    calibration, report = _calibrate(folder, metric, choice, evidence, _Whole(labels, codes, sample_rows), hood, build)
    calibration.save(folder / "calibration.json")
    metric.space.save(folder / "space")
    return TableManifest(
        source=table.source or table.input_path,
        snapshot=staged.snapshot,
        rows=staged.rows,
        rejected=staged.rejected,
        id_column=table.id_col,
        email_column=table.email_col,
        duplicate_columns={r: c for r, c in table.duplicate_columns.items() if c in staged.columns},
        high_value=table.high_value,
        plan=table.plan,
        filters=filter_kinds(table, staged),
        shown=shown_columns(table, staged),
        example=example_row(sample.rows, table.plan, space),
        neighborhood=hood,
        spaces={
            "customers": {
                "weights": metric.space.spec.weights,
                "dimension": metric.space.dimension,
                "learned_from": metric.space.spec.learned_from,
                "index": index_spec.kind,
            }
        },
        default_space="customers",
        truncated_texts=cache.truncated if cache else 0,
        quality=report,
        warnings=(*staged.warnings, *leak_warnings(sample.rows, labels[sample_rows], table.plan)),
    )


@dataclass(frozen=True)
class _Metric:
    space: VectorSpace
    linear: tuple[NDArray[np.float64], float] | None


@dataclass(frozen=True)
class _Whole:
    """All rows, where the sample was only some."""

    labels: Flags
    codes: EntityCodes
    sample: Rows


def _checked_labels(staged: StagedTable, table: TableOptions) -> Flags:
    if staged.labels is None:
        raise InputError("customers need a label: name a column or comparison with --high-value")
    positives = int(staged.labels.sum())
    if positives == 0 or positives == len(staged.labels):
        which = "no" if positives == 0 else "every"
        raise InputError(
            f"--high-value {table.high_value!r} holds for {which} one of the {len(staged.labels)} rows of "
            f"{table.input_path}; leads are compared with both kinds"
        )
    return staged.labels


def _sample(labels: Flags, size: int, high_value: int, seed: int) -> Rows:
    """Random rows, ascending, with as many high-value ones as `high_value` wants and there are."""
    n = len(labels)
    if n <= size:
        return np.arange(n)
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(n)[:size]
    positives = np.flatnonzero(labels)
    missing = min(high_value, len(positives)) - int(labels[chosen].sum())
    if missing > 0:
        others = np.setdiff1d(positives, chosen)
        chosen = np.concatenate([chosen, rng.permutation(others)[:missing]])
    return np.sort(chosen)


def _entity_codes(staged: StagedTable, table: TableOptions, key: str) -> EntityCodes:
    emails, domains = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for batch in staged.batches():
        codes = entity_codes(_cells(batch, table.email_col), _cells(batch, table.website_col), key=key)
        emails.append(codes.email)
        domains.append(codes.domain)
    return EntityCodes(np.concatenate(emails), np.concatenate(domains))


def _cells(batch: Batch, column: str | None) -> list[Any]:
    return [row.get(column) if column else None for row in batch.rows]


def _fit_metric(space: VectorSpace, evidence: Evidence, choice: Choice, label: str) -> _Metric:
    """The chosen metric, fitted on the whole sample."""
    metric = choice.trial.metric
    if metric.learned is None:
        return _Metric(space.with_metric(metric.weights, None), None)
    strength, power = metric.learned
    blocks = weighted(space, evidence.blocks, metric.weights)
    weights, intercept = fit_logistic(blocks, evidence.labels, strength)
    projection = relevance_projection(blocks, relevance(weights, power))
    return _Metric(space.with_metric(metric.weights, projection, label, evidence.tabular_length), (weights, intercept))


def _write_rows(
    staged: StagedTable, table: TableOptions, folder: Path, space: VectorSpace, labels: Flags,
    cache: EmbeddingCache | None, key: str,
) -> None:  # fmt: skip
    vectors = vectors_on_disk(folder / "vectors.npy", staged.rows, space.dimension)
    shown = dict.fromkeys((table.id_col, *shown_columns(table, staged)))
    kinds = filter_kinds(table, staged)
    duplicates = DuplicateWriter(folder / "duplicates", key)
    if cache is not None:
        cache.truncated = 0
    with (
        step("customers", staged.rows) as progress,
        RowWriter(folder / "rows", table.id_col, kinds) as writer,
    ):
        for batch in staged.batches():
            vectors[batch.span] = encode(space, batch, cache).vectors
            records = [{column: row.get(column) for column in shown} for row in batch.rows]
            filters = filter_values(batch.rows, kinds, table.plan)
            writer.append(records, filters, labels[batch.span])
            duplicates.append(range(batch.span.start, batch.span.stop), **dict(_duplicate_columns(batch, table)))
            progress.advance(len(batch.rows))
    duplicates.finish()
    vectors.flush()


def _duplicate_columns(batch: Batch, table: TableOptions) -> Iterator[tuple[str, list[Any]]]:
    columns = table.duplicate_columns | ({"email": table.email_col} if table.email_col else {})
    plural = {"name": "names", "company": "companies", "country": "countries", "city": "cities",
              "website": "websites", "email": "emails"}  # fmt: skip
    for role, column in columns.items():
        yield plural[role], _cells(batch, column)


def _calibrate(
    folder: Path, metric: _Metric, choice: Choice, evidence: Evidence, whole: _Whole, hood: Neighborhood,
    build: BuildOptions,
) -> tuple[Calibration, dict[str, Any]]:  # fmt: skip
    """References from the finished index; probabilities from out-of-fold scores.

    Where the sample is not the whole table its neighbourhoods are thinner than those that serving will see, so
    the scores are taken from the index as well: with so many rows a metric no longer remembers single labels.
    """
    index = VectorIndex.open(folder / "index", threads=build.threads)
    judged = whole.sample[evidence.judged]
    labels = whole.labels[judged]
    found = indexed_neighbors(index, whole.labels, judged, same_entity(whole.codes, judged))
    weights = _natural_weights(labels, hood.base_rate)
    natural = np.random.default_rng(build.seed).random(len(labels)) < weights / weights.max()
    look, contrast = found.look(hood), found.contrast(hood)
    scores = dict(choice.trial.scores)
    if len(whole.sample) < len(whole.labels):
        blend = scores["blend"] - scores["contrast"] if "blend" in scores else 0.0
        scores = {"S_look": look, "contrast": contrast, "blend": contrast + blend}
    scorer = choice.trial.scorer
    references = {"look": look[natural], "novel": found.novel(hood)[natural], "contrast": contrast[natural]}
    calibration = calibrate(
        scorer, scores[scorer], labels, weights,
        references=references, targets=build.band_precisions, linear=metric.linear,
    )  # fmt: skip
    novelty = _halved_p_values(references["novel"], build.seed)
    report = quality(scores, scorer, labels, weights, novelty, build.seed)
    report |= {
        "scorer": scorer,
        "tried": choice.tried,
        "bands": [b.model_dump() for b in calibration.bands],
    }
    return calibration, report


def _halved_p_values(novel: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """p-values of one half of the customers among the other: among all of them 5 % would be below .05 by definition."""
    shuffled = np.random.default_rng(seed).permutation(novel)
    half = len(shuffled) // 2
    return conformal_p_value(np.sort(shuffled[:half]), shuffled[half:])


def _natural_weights(labels: Flags, base_rate: float) -> NDArray[np.float64]:
    """Weights that give the judged rows the table's own share of high-value ones."""
    share = float(labels.mean())
    return np.where(labels, base_rate / share, (1 - base_rate) / (1 - share))
