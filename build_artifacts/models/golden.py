"""What proves a compiled model right when it is loaded: tokens and embeddings straight from the checkpoint.

Texts are tokenised and cut by the tokenizers library itself, and embedded by the encoder in plain numpy.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from leadgen.text.golden import VALUES, Golden, GoldenText, digest_of_ids
from leadgen.text.model import TextKind
from numpy.typing import NDArray
from tokenizers import Tokenizer

from build_artifacts.models.architecture import BertArchitecture
from build_artifacts.models.embedding_rules import EmbeddingRules
from build_artifacts.models.reference import ReferenceEncoder, pooled
from build_artifacts.models.tensors import BertTensors

# Capitals, an accent, punctuation and two scripts: what a wrong normaliser would read otherwise.
_TEXT = "Brüder in 東京, 3 beers"
_PAIR = "Wind, beer. "
# Attention takes memory by the square of the length: longer texts only prove where they are cut.
_LONGEST_EMBEDDED = 1024


def golden_texts(path: Path, rules: EmbeddingRules) -> list[tuple[GoldenText, NDArray[np.int32]]]:
    """The texts with the token ids that are read of them, as the checkpoint's `tokenizer.json` gives them.

    Without embeddings yet. The first two are one text as a query and as a passage; the last is over the limit.
    """
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    texts: list[tuple[TextKind, str, int]] = [
        ("query", _TEXT, 1),
        ("passage", _TEXT, 1),
        ("query", _PAIR, rules.max_tokens // 2 + 1),
    ]
    return [_tokenised(tokenizer, rules, *text) for text in texts]


def write_golden(
    folder: Path, tokenizer: Path, rules: EmbeddingRules, tensors: BertTensors, architecture: BertArchitecture
) -> None:
    """Write `golden.json` for a BERT or XLM-R checkpoint into a model's folder."""
    texts = golden_texts(tokenizer, rules)
    embedded = [ids for _, ids in texts if len(ids) <= _LONGEST_EMBEDDED]
    states = ReferenceEncoder(tensors, architecture).states(embedded)
    Golden(texts=with_embeddings([text for text, _ in texts], [pooled(each) for each in states])).write(folder)


def with_embeddings(
    texts: Sequence[GoldenText], embeddings: Sequence[dict[str, NDArray[np.float32]]]
) -> list[GoldenText]:
    """The texts with the embeddings, by pooling, of those of them that come first."""
    firsts = [{name: [float(x) for x in v[:VALUES]] for name, v in each.items()} for each in embeddings]
    firsts += [{}] * (len(texts) - len(firsts))
    return [text.model_copy(update={"embeddings": first}) for text, first in zip(texts, firsts, strict=True)]


def _tokenised(
    tokenizer: Tokenizer, rules: EmbeddingRules, kind: TextKind, text: str, repeated: int
) -> tuple[GoldenText, NDArray[np.int32]]:
    prefix = rules.query_prefix if kind == "query" else rules.passage_prefix
    whole = prefix + text * repeated
    if rules.lowercase:
        whole = whole.lower()
    tokenizer.no_truncation()
    total = len(tokenizer.encode(whole).ids)
    tokenizer.enable_truncation(rules.max_tokens)
    ids = np.array(tokenizer.encode(whole).ids, dtype=np.int32)
    golden = GoldenText(
        kind=kind, text=text, repeated=repeated, tokens=len(ids), cut=total - len(ids), ids=digest_of_ids(ids)
    )
    return golden, ids
