"""How a checkpoint wants to be used: pooling, length limit, prefixes, as sentence-transformers writes it."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from leadgen.errors import ModelError

from build_artifacts.models.checkpoint import CONFIG_FILE, MODULES_FILE, Checkpoint, read_modules, read_object

_logger = logging.getLogger(__name__)

Pooling = Literal["mean", "cls"]
_MODULES = ("Transformer", "Pooling", "Normalize")
# What the model cards of the families demand where the checkpoint itself records no prompts.
_FAMILIES = (
    (re.compile(r"(^|[/_-])e5-(small|base|large)(-v2)?$"), "query: ", "passage: "),
    (
        re.compile(r"(^|[/_-])bge-(small|base|large)-en(-v1\.5)?$"),
        "Represent this sentence for searching relevant passages: ",
        "",
    ),
)


@dataclass(frozen=True, slots=True)
class EmbeddingRules:
    """What turns token states into the embedding that the checkpoint was trained to give."""

    pooling: Pooling
    max_tokens: int
    query_prefix: str
    passage_prefix: str
    lowercase: bool

    @classmethod
    def read(cls, checkpoint: Checkpoint, max_positions: int, pooling: Pooling | None = None) -> "EmbeddingRules":
        """Read the rules of a checkpoint whose encoder has `max_positions` positions.

        `pooling` is given where it is the encoder's own, and not what sentence-transformers puts after it.

        Raises:
            ModelError: the checkpoint has a module, a pooling or a limit that cannot be compiled.
        """
        folder = checkpoint.folder
        sentence = read_object(folder / "sentence_bert_config.json")
        query, passage = _prefixes(checkpoint)
        return cls(
            pooling=pooling or _pooling(folder),
            max_tokens=_max_tokens(folder, sentence, max_positions),
            query_prefix=query,
            passage_prefix=passage,
            lowercase=bool(sentence.get("do_lower_case", False)),
        )


def _pooling(folder: Path) -> Pooling:
    modules = {str(module.get("type", "")).rpartition(".")[2]: module for module in read_modules(folder)}
    for kind, module in modules.items():
        if kind not in _MODULES or (kind == "Transformer" and module.get("path")):
            raise ModelError(f"{folder / MODULES_FILE}: the module {module} cannot be compiled, only {_MODULES}")
    if "Pooling" not in modules:
        _logger.warning("%s has no pooling configuration: mean pooling is assumed", folder)
        return "mean"
    path = folder / str(modules["Pooling"].get("path", "")) / CONFIG_FILE
    config = read_object(path)
    match _pooling_modes(config):
        case ["mean"] if config.get("include_prompt", True):
            return "mean"
        case ["cls"]:
            return "cls"
        case modes:
            raise ModelError(f"{path}: pooling {modes} cannot be compiled, only mean over all tokens, or cls")


def _pooling_modes(config: dict[str, Any]) -> list[str]:
    mode = config.get("pooling_mode")  # sentence-transformers 5.2 and newer
    if mode is not None:
        return [mode] if isinstance(mode, str) else list(mode)
    flags = [name for name, value in config.items() if name.startswith("pooling_mode_") and value]
    return [name.removeprefix("pooling_mode_").removesuffix("_tokens").removesuffix("_token") for name in flags]


def _max_tokens(folder: Path, sentence: dict[str, Any], max_positions: int) -> int:
    limit = sentence.get("max_seq_length")
    if limit is None:
        limit = read_object(folder / "tokenizer_config.json").get("model_max_length", max_positions)
        # transformers writes 1e30 where a tokenizer has no limit
        limit = min(int(limit), max_positions)
    if not isinstance(limit, int) or not 2 < limit <= max_positions:
        raise ModelError(f"{folder}: a limit of {limit!r} tokens does not fit {max_positions} positions")
    return limit


def _prefixes(checkpoint: Checkpoint) -> tuple[str, str]:
    prompts = read_object(checkpoint.folder / "config_sentence_transformers.json").get("prompts") or {}
    query, passage = prompts.get("query"), prompts.get("passage", prompts.get("document"))
    if query or passage:
        return query or "", passage or ""
    trained_as = str(read_object(checkpoint.folder / CONFIG_FILE).get("_name_or_path", ""))
    for pattern, query, passage in _FAMILIES:
        if pattern.search(checkpoint.id) or pattern.search(trained_as):
            return query, passage
    return "", ""
