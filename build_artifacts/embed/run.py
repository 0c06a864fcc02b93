"""One run of `leadgen embed`: read, embed what no earlier run has embedded, join."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from leadgen.errors import InputError
from leadgen.text import TextModel, load_text_model
from leadgen.text.spec import SPEC_FILE

from build_artifacts.embed.embedding import check_model, embed_part, schema_of
from build_artifacts.embed.options import EmbedOptions
from build_artifacts.embed.parts import Parts
from build_artifacts.embed.reading import open_table, read_parts
from build_artifacts.jobs.progress import step
from build_artifacts.jobs.reading import Source
from build_artifacts.models import prepare_text_model


def run_embed(options: EmbedOptions) -> dict[str, Any]:
    """Embed a table; a run that was killed goes on where it was when the same one is started again.

    Returns:
        The rows, and of those that were embedded by this run: how many, how many without text, their tokens read and
        cut; the model and the output.

    Raises:
        ConfigurationError, InputError, ModelError: naming the flag, the column or the row at fault.
    """
    source = open_table(options)
    model = load_text_model(_model_folder(options), options.threads, device=options.device)
    check_model(model, options)
    parts = Parts.open(options.output_path)
    done = {"rows": 0, "embedded": 0, "without_text": 0, "tokens": 0, "tokens_cut": 0}
    if not _is_complete(parts, source, model, options):
        _embed(parts, source, model, options, done)
    parts.remove()
    return done | {"model": model.spec.id, "precision": model.spec.precision, "output": options.output_path}


def _embed(parts: Parts, source: Source, model: TextModel, options: EmbedOptions, done: dict[str, int]) -> None:
    names: list[str] = []
    schema: pa.Schema | None = None
    with step("embed", source.count() or None) as progress:
        for part in read_parts(source, options):
            schema = schema or schema_of(part.ids.type, model, options)
            names.append(part.name(_manner(model, options)))
            if names[-1] not in parts.done:
                rows = embed_part(model, part, options)
                parts.write(names[-1], rows)
                _count(done, rows)
            done["rows"] += len(part.texts)
            progress.advance(len(part.texts))
    if schema is None:
        raise InputError(f"{options.input_path} has no rows")
    parts.join(names, schema, _digest(names))


def _is_complete(parts: Parts, source: Source, model: TextModel, options: EmbedOptions) -> bool:
    """Whether the output is this table's already: a run may be killed between joining and removing the parts."""
    joined_from = parts.joined_from()
    if joined_from is None:
        return False
    return joined_from == _digest([part.name(_manner(model, options)) for part in read_parts(source, options)])


def _count(done: dict[str, int], rows: pa.Table) -> None:
    done["embedded"] += len(rows) - rows["embedding"].null_count
    done["without_text"] += rows["embedding"].null_count
    done["tokens"] += pc.sum(rows["tokens"]).as_py()
    done["tokens_cut"] += pc.sum(rows["cut"]).as_py()


def _manner(model: TextModel, options: EmbedOptions) -> str:
    return f"{model.spec.sha256}, {options.manner}"


def _digest(names: Sequence[str]) -> str:
    return hashlib.blake2b("\n".join(names).encode(), digest_size=16).hexdigest()


def _model_folder(options: EmbedOptions) -> Path:
    """A folder that holds a compiled model is taken as it is."""
    compiled = Path(options.text_model)
    if (compiled / SPEC_FILE).is_file():
        return compiled
    return prepare_text_model(options.text_model, options.cache, options.precision)
