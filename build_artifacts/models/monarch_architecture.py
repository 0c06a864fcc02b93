"""The dimensions of an M2-BERT encoder, and the refusal of variants that its published checkpoints do not have."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadgen.errors import ModelError

from build_artifacts.models.checkpoint import CONFIG_FILE, read_object
from build_artifacts.models.embedding_rules import Pooling

# What changes the arithmetic, as togethercomputer/m2-bert-80M-*-retrieval have it, and what HazyResearch/m2
# (bert/src/configuration_bert.py) takes where a configuration says nothing.
_EXPECTED = {
    "bidirectional": (True, True),
    "residual_long_conv": (True, False),
    "use_glu_mlp": (True, True),
    "use_monarch_mlp": (True, False),
    "use_positional_encodings": (True, False),
    "hyena_training_additions": (False, False),
    "use_flash_mm": (False, False),
    "attention_pooling": (False, False),
    "sequence_token_planting": (False, False),
    "pad_token_id": (0, 0),
}
_SIZES = {
    "hidden_size": "hidden_size",
    "layers": "num_hidden_layers",
    "intermediate_size": "intermediate_size",
    "vocab_size": "vocab_size",
    "max_position_embeddings": "max_position_embeddings",
    "type_vocab_size": "type_vocab_size",
    "filter_positions": "long_conv_l_max",
    "filter_features": "hyena_emb_dim",
    "filter_order": "hyena_filter_order",
    "blocks": "monarch_mlp_nblocks",
}


@dataclass(frozen=True, slots=True)
class MonarchArchitecture:
    """Sizes of a Monarch Mixer encoder (D. Fu et al., NeurIPS 2023), as its `config.json` gives them.

    `sine_scale` multiplies the learned frequencies of the filters' activations. A checkpoint's embedding is that of its
    pooler, a linear layer with tanh over the first state or the mean of all, or (`pooler` false) the first state.
    """

    hidden_size: int
    layers: int
    intermediate_size: int
    vocab_size: int
    max_position_embeddings: int
    type_vocab_size: int
    filter_positions: int
    filter_features: int
    filter_order: int
    blocks: int
    sine_scale: float
    layer_norm_eps: float
    pooling: Pooling
    pooler: bool

    @property
    def positions(self) -> int:
        """Tokens of the longest text."""
        return min(self.max_position_embeddings, self.filter_positions)

    @classmethod
    def read(cls, folder: Path) -> "MonarchArchitecture":
        """Read `config.json`.

        Raises:
            ModelError: the encoder is another variant of M2-BERT, or a size is missing or impossible.
        """
        path = folder / CONFIG_FILE
        config = read_object(path)
        for name, (expected, default) in _EXPECTED.items():
            if (actual := config.get(name, default)) != expected:
                raise ModelError(f"{path}: {name} is {actual!r}, but only M2-BERT with {expected!r} can be compiled")
        sizes = {field: _positive(config, name, path, int) for field, name in _SIZES.items()}
        if sizes["hidden_size"] % sizes["blocks"] or sizes["intermediate_size"] % sizes["blocks"]:
            raise ModelError(f"{path}: a size is not a multiple of monarch_mlp_nblocks, {sizes['blocks']}")
        first_state = bool(config.get("use_cls_token", False))
        return cls(
            **sizes,
            sine_scale=_positive({"hyena_w_mod": 1, **config}, "hyena_w_mod", path, int, float),
            layer_norm_eps=_positive({"layer_norm_eps": 1e-12, **config}, "layer_norm_eps", path, float),
            pooling="mean" if config.get("pool_all", False) and not first_state else "cls",
            pooler=not first_state,
        )


def is_monarch(folder: Path) -> bool:
    """Whether a checkpoint's configuration is one of M2-BERT; its `model_type` is `m2_bert` or plain `bert`."""
    return "long_conv_l_max" in read_object(folder / CONFIG_FILE)


def _positive(config: dict[str, Any], name: str, path: Path, *types: type) -> Any:
    value: Any = config.get(name)
    if type(value) not in types or value <= 0:
        raise ModelError(f"{path}: {name} is {value!r}, not a positive number")
    return value
