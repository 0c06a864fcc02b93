"""Build `companies/` of a bundle: the general space, the one learned from labels, their indexes, and the rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from leadgen.bundle import TableManifest
from leadgen.companies import DOMAIN, site_domain
from leadgen.features import VectorSpace
from numpy.typing import NDArray

from build_artifacts.jobs.embedding_cache import EmbeddingCache
from build_artifacts.jobs.progress import step

from .choose_scoring import weighted
from .choose_similarity import LearnedSimilarity, learn_similarity
from .encode_table import embed, plain_blocks, vectors_on_disk
from .examples import example_row
from .fit_space import block_weights, fit_space
from .options import BuildOptions, TableOptions
from .row_columns import Kind, filter_kinds, filter_values, shown_columns
from .row_writer import RowWriter
from .similar_by import GENERAL, classes_of, space_name
from .staging import Batch, StagedTable
from .vector_index import write_index

SAMPLE_ROWS = 40_000
LEXICAL_DIMENSION = 512
TEXT_SHARE = 0.9
"""Descriptions say what a company is; categories and numbers only help to part equals."""


def build_companies(
    staged: StagedTable, table: TableOptions, build: BuildOptions, folder: Path, cache: EmbeddingCache | None
) -> TableManifest:
    """Write the companies' files below `folder` and describe them."""
    rng = np.random.default_rng(build.seed)
    chosen = np.sort(rng.permutation(staged.rows)[:SAMPLE_ROWS])
    with step("fit companies", len(chosen)) as progress:
        sample = staged.take(chosen)
        embeddings = embed(sample, table.plan, cache)
        fitted = fit_space(sample.rows, sample.passages, embeddings, table.plan, LEXICAL_DIMENSION, build.seed)
        weights = block_weights(tuple(fitted.spec.widths), TEXT_SHARE)
        spaces = {GENERAL: fitted.with_metric(weights, None)}
        learned = _learn(spaces[GENERAL], sample, embeddings, table, build)
        if learned is not None:
            name = space_name(table.similar_by or "")
            spaces[name] = fitted.with_metric(weights, learned.projection, table.similar_by)
        progress.advance(len(chosen))
    _write_rows(staged, table, folder, spaces, cache)
    described = {name: _write_space(folder / "spaces" / name, space, build) for name, space in spaces.items()}
    return TableManifest(
        source=table.source or table.input_path,
        snapshot=staged.snapshot,
        rows=staged.rows,
        rejected=staged.rejected,
        id_column=table.id_col,
        plan=table.plan,
        filters=_filter_kinds(staged, table),
        shown=shown_columns(table, staged),
        example=example_row(sample.rows, table.plan, fitted),
        spaces=described,
        default_space=space_name(table.similar_by or "") if learned is not None and learned.better else GENERAL,
        truncated_texts=cache.truncated if cache else 0,
        quality={} if learned is None else {"similar_by": table.similar_by, **learned.report},
        warnings=staged.warnings,
    )


def _learn(
    space: VectorSpace,
    sample: Batch,
    embeddings: NDArray[np.float32] | None,
    table: TableOptions,
    build: BuildOptions,
) -> LearnedSimilarity | None:
    if table.similar_by is None:
        return None
    classes = classes_of(table.similar_by, sample.rows, table.id_col, table.plan)
    blocks = weighted(space, plain_blocks(space, sample, embeddings), space.spec.weights)
    return learn_similarity(blocks, classes, build.seed)


def _filter_kinds(staged: StagedTable, table: TableOptions) -> dict[str, Kind]:
    website: dict[str, Kind] = {DOMAIN: "category"} if table.website_col in staged.columns else {}
    return {**filter_kinds(table, staged), **website}


def _write_rows(
    staged: StagedTable,
    table: TableOptions,
    folder: Path,
    spaces: Mapping[str, VectorSpace],
    cache: EmbeddingCache | None,
) -> None:
    kinds, website = _filter_kinds(staged, table), table.website_col
    kept = dict.fromkeys((table.id_col, *shown_columns(table, staged), *table.plan.features, *table.mask_cols))
    vectors = {}
    for name, space in spaces.items():
        (folder / "spaces" / name).mkdir(parents=True)
        vectors[name] = vectors_on_disk(folder / "spaces" / name / "vectors.npy", staged.rows, space.dimension)
    if cache is not None:
        cache.truncated = 0
    with (
        step("companies", staged.rows) as progress,
        RowWriter(folder / "rows", table.id_col, kinds) as writer,
    ):
        for batch in staged.batches():
            embeddings = embed(batch, table.plan, cache)
            for name, space in spaces.items():
                vectors[name][batch.span] = space.encode_embedded(batch.rows, batch.passages, embeddings).vectors
            records = [{column: row.get(column) for column in kept} for row in batch.rows]
            filters = filter_values(batch.rows, filter_kinds(table, staged), table.plan)
            if website is not None and DOMAIN in kinds:
                filters[DOMAIN] = [site_domain(row.get(website)) for row in batch.rows]
            writer.append(records, filters)
            progress.advance(len(batch.rows))


def _write_space(folder: Path, space: VectorSpace, build: BuildOptions) -> dict[str, Any]:
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    spec = write_index(vectors, folder / "index", None, build.index_kind, threads=build.threads)
    (folder / "vectors.npy").unlink()
    space.save(folder / "space")
    return {
        "weights": space.spec.weights,
        "dimension": space.dimension,
        "learned_from": space.spec.learned_from,
        "index": spec.kind,
    }
