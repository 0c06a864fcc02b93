"""Writing what makes a compiled M2-BERT: graphs, weights, and what proves them right."""

from pathlib import Path

from leadgen.text.golden import Golden
from leadgen.text.monarch import SELF_TEST_POSITIONS
from leadgen.text.spec import TENSORS_FILE
from safetensors.numpy import save_file

from build_artifacts.models.checkpoint import TOKENIZER_FILE, Checkpoint
from build_artifacts.models.embedding_rules import EmbeddingRules
from build_artifacts.models.golden import golden_texts, with_embeddings
from build_artifacts.models.monarch_architecture import MonarchArchitecture
from build_artifacts.models.monarch_graphs import write_stages
from build_artifacts.models.monarch_reference import MonarchReference
from build_artifacts.models.monarch_weights import monarch_weights
from build_artifacts.models.tensors import BertTensors


def write_monarch(
    checkpoint: Checkpoint, architecture: MonarchArchitecture, rules: EmbeddingRules, folder: Path
) -> None:
    """Write the stages, the weights and `golden.json` of an M2-BERT checkpoint into a model's folder.

    Raises:
        ModelError: a tensor is missing or damaged.
    """
    write_stages(folder, architecture)
    with BertTensors(checkpoint.weights) as tensors:
        save_file(monarch_weights(tensors, architecture, rules.max_tokens), folder / TENSORS_FILE)
        _write_golden(checkpoint, architecture, rules, tensors, folder)


def _write_golden(
    checkpoint: Checkpoint,
    architecture: MonarchArchitecture,
    rules: EmbeddingRules,
    tensors: BertTensors,
    folder: Path,
) -> None:
    texts = golden_texts(checkpoint.folder / TOKENIZER_FILE, rules)
    positions = min(SELF_TEST_POSITIONS, rules.max_tokens)
    reference = MonarchReference(tensors, architecture)
    # By the checkpoint's own pooling only: the runtime follows the specification, which may be wrong.
    short = [ids for _, ids in texts if len(ids) <= positions]
    embedded = [{str(architecture.pooling): reference.embedding(ids, positions)} for ids in short]
    Golden(texts=with_embeddings([text for text, _ in texts], embedded)).write(folder)
