"""The dimensions of a BERT or XLM-R encoder, and the refusal of everything that is not one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadgen.errors import ModelError

from build_artifacts.models.checkpoint import CONFIG_FILE, read_json

# Values that change the arithmetic of the graph; a checkpoint may leave out those that are BERT's defaults.
_DEFAULTS = {"hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
_FAMILIES = ("bert", "xlm-roberta")
_SIZES = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "vocab_size",
    "max_position_embeddings",
    "type_vocab_size",
)


@dataclass(frozen=True, slots=True)
class BertArchitecture:
    """Sizes of a BERT encoder (J. Devlin et al., NAACL 2019), as its `config.json` gives them.

    XLM-R (A. Conneau et al., ACL 2020) is the same encoder, but counts positions from the one after the id of its
    `padding` token, which has the position of its id wherever it stands; None in BERT.
    """

    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    vocab_size: int
    max_position_embeddings: int
    type_vocab_size: int
    layer_norm_eps: float
    padding: int | None = None

    @property
    def positions(self) -> int:
        """Tokens of the longest text."""
        return self.max_position_embeddings - (0 if self.padding is None else self.padding + 1)

    @classmethod
    def read(cls, folder: Path) -> "BertArchitecture":
        """Read `config.json`.

        Raises:
            ModelError: the architecture is neither BERT nor XLM-R, or a size is missing or impossible.
        """
        path = folder / CONFIG_FILE
        config = read_json(path)
        if not isinstance(config, dict):
            raise ModelError(f"{path} is not a JSON object")
        _refuse_other_architectures(config, path)
        sizes = {name: _size(config, name, path) for name in _SIZES}
        if sizes["hidden_size"] % sizes["num_attention_heads"]:
            raise ModelError(f"{path}: hidden_size is not a multiple of num_attention_heads")
        return cls(**sizes, layer_norm_eps=_epsilon(config, path), padding=_padding(config, path))


def _refuse_other_architectures(config: dict[str, Any], path: Path) -> None:
    expected = {"model_type": _FAMILIES} | {name: (value,) for name, value in _DEFAULTS.items()}
    for name, values in expected.items():
        actual = config.get(name, _DEFAULTS.get(name))
        if actual not in values:
            raise ModelError(
                f"{path}: {name} is {actual!r} where a BERT or XLM-R encoder has {' or '.join(map(repr, values))}; "
                "choose a model of these families such as E5, multilingual E5, MiniLM, BGE or GTE"
            )


def _size(config: dict[str, Any], name: str, path: Path) -> int:
    value = config.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ModelError(f"{path}: {name} is {value!r}, not a positive integer")
    return value


def _padding(config: dict[str, Any], path: Path) -> int | None:
    if config["model_type"] == "bert":
        return None
    padding = config.get("pad_token_id", 1)
    if not isinstance(padding, int) or not 0 <= padding < config["max_position_embeddings"] - 1:
        raise ModelError(f"{path}: pad_token_id is {padding!r}, not the id of a token before the last position")
    return padding


def _epsilon(config: dict[str, Any], path: Path) -> float:
    value = config.get("layer_norm_eps", 1e-12)
    if not isinstance(value, float) or not 0 < value < 1:
        raise ModelError(f"{path}: layer_norm_eps is {value!r}, not a small positive number")
    return value
