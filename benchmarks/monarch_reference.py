"""M2-BERT as its authors wrote it, for comparison: runs HazyResearch/m2's own code in an interpreter that has torch.

    git clone https://github.com/HazyResearch/m2
    pip install torch transformers einops opt_einsum safetensors
    python monarch_reference.py m2/bert CHECKPOINT < questions.json > answers.json

A question is `{"ids": [...], "positions": n, "pool_all": bool}`: token ids, to be padded to so many positions. Its
answer is the pooler's output, not normalised. Nothing of this project is imported, and nothing of it imports this.
"""

import contextlib
import io
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def reference_model(code: Path, checkpoint: Path) -> Any:
    """The authors' `BertModel` with the checkpoint's weights, in float32 on the CPU."""
    sys.path[:0] = [str(code / "src"), str(code)]
    # Its `src/__init__.py` imports what only training needs, in a circle.
    package = type(sys)("src")
    package.__path__ = [str(code / "src")]
    sys.modules["src"] = package
    layers, transformers, safetensors = map(import_module, ("bert_layers", "transformers", "safetensors.torch"))
    # What newer releases of transformers do here is about training and sharing weights.
    layers.BertPreTrainedModel.post_init = lambda _: None
    config = transformers.BertConfig()
    absent = (
        "use_flash_mm",
        "use_flash_fft",
        "use_cls_token",
        "sequence_token_planting",
        "expand_positional_embeddings",
    )
    training = {
        "long_conv_kernel_learning_rate": None,
        "hyena_lr_pos_emb": 1e-5,
        "hyena_wd": 0.1,
        "hyena_filter_dropout": 0,
    }
    told = json.loads((checkpoint / "config.json").read_text())
    del told["model_type"]
    told |= dict.fromkeys(absent, False) | training | {"monarch_mixer_sequence_mixing": True}
    for name, value in told.items():
        setattr(config, name, value)
    model = layers.BertModel(config).eval()
    tensors = safetensors.load_file(checkpoint / "model.safetensors")
    missing, unexpected = model.load_state_dict(
        {name.removeprefix("bert."): tensor for name, tensor in tensors.items()}, strict=False
    )
    if set(missing) - {"embeddings.position_ids"} or unexpected:
        raise SystemExit(f"the checkpoint does not fit: {missing} are missing, {unexpected} unknown")
    return model


def answer(model: Any, question: dict[str, Any]) -> list[float]:
    """What the pooler makes of a text."""
    torch = import_module("torch")
    ids = torch.zeros((1, question["positions"]), dtype=torch.long)
    ids[0, : len(question["ids"])] = torch.tensor(question["ids"])
    mask = torch.zeros_like(ids)
    mask[0, : len(question["ids"])] = 1
    model.pooler.pool_all = question["pool_all"]
    with torch.no_grad():
        pooled: list[float] = model(input_ids=ids, attention_mask=mask)[1][0].tolist()
    return pooled


def main() -> None:
    code, checkpoint = map(Path, sys.argv[1:])
    with contextlib.redirect_stdout(io.StringIO()):
        model = reference_model(code, checkpoint)
        answers = [answer(model, question) for question in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
