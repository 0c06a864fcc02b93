"""The texts of one part as embeddings."""

import numpy as np
import pyarrow as pa
from leadgen.errors import ConfigurationError, InputError
from leadgen.text import Encoded, NeuralTextModel, TextModel, TooLongError
from leadgen.text.windows import cut_into_windows, join_windows

from build_artifacts.embed.options import EmbedOptions
from build_artifacts.embed.reading import ROW_NUMBER, Part


def check_model(model: TextModel, options: EmbedOptions) -> None:
    """Raises ConfigurationError where the model cannot do what is asked for."""
    if options.long_text == "window" and not isinstance(model, NeuralTextModel):
        raise ConfigurationError(f"--long-text window needs a neural text model; {model.spec.id} has no windows")


def schema_of(ids: pa.DataType, model: TextModel, options: EmbedOptions) -> pa.Schema:
    """Columns: the id (or row number), the embedding (null for a row without text), tokens read and cut."""
    number = pa.float16() if options.embedding_type == "float16" else pa.float32()
    return pa.schema(
        [
            (options.id_col or ROW_NUMBER, ids),
            ("embedding", pa.list_(number, model.spec.dimension)),
            ("tokens", pa.int64()),
            ("cut", pa.int64()),
        ]
    )


def embed_part(model: TextModel, part: Part, options: EmbedOptions) -> pa.Table:
    """Embed a part's texts.

    Raises:
        InputError: a text is too long and `--truncate` is `error`; names the row.
    """
    rows = [row for row, text in enumerate(part.texts) if text]
    texts = [part.texts[row] for row in rows]
    try:
        encoded = _encode(model, texts, options)
    except TooLongError as error:
        raise InputError(
            f"{options.id_col or ROW_NUMBER} {part.ids[rows[error.position]]}: its text has {error.tokens} tokens but "
            f"the text model reads {error.limit}: give --truncate end or start, or --long-text window"
        ) from error
    schema = schema_of(part.ids.type, model, options)
    vectors = np.zeros((len(part.texts), model.spec.dimension), dtype=options.embedding_type)
    counts = np.zeros((2, len(part.texts)), dtype=np.int64)
    vectors[rows], counts[:, rows] = encoded.embeddings, (encoded.tokens, encoded.cut)
    absent = np.ones(len(part.texts), dtype=bool)
    absent[rows] = False
    embedding = schema.field("embedding").type
    flat = pa.array(vectors.reshape(-1), embedding.value_type)
    lists = pa.FixedSizeListArray.from_arrays(flat, type=embedding, mask=pa.array(absent))
    return pa.Table.from_arrays([part.ids, lists, *map(pa.array, counts)], schema=schema)


def _encode(model: TextModel, texts: list[str], options: EmbedOptions) -> Encoded:
    if options.long_text == "truncate" or not isinstance(model, NeuralTextModel):
        return model.encode_counted(texts, options.kind, options.truncate)
    windows = cut_into_windows(model, texts, options.kind)
    embeddings = join_windows(model.encode_tokens(windows.ids), windows.owner, windows.weight, len(texts))
    return Encoded(embeddings, windows.tokens, np.zeros(len(texts), dtype=np.int64))
