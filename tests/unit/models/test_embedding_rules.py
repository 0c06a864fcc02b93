import json

import pytest
from bert_checkpoints import write_checkpoint

from build_artifacts.models.checkpoint import Checkpoint
from build_artifacts.models.embedding_rules import EmbeddingRules

BGE = "Represent this sentence for searching relevant passages: "


def rules(folder, name="some/model", positions=512):
    return EmbeddingRules.read(Checkpoint(id=name, folder=folder, source="test"), positions)


@pytest.mark.parametrize(
    ("name", "query", "passage"),
    [
        ("intfloat/e5-small-v2", "query: ", "passage: "),
        ("intfloat/e5-base", "query: ", "passage: "),
        ("our-e5-large-v2", "query: ", "passage: "),
        ("BAAI/bge-small-en-v1.5", BGE, ""),
        ("thenlper/gte-small", "", ""),
        ("sentence-transformers/all-MiniLM-L6-v2", "", ""),
        ("someone/recipe5-small", "", ""),
    ],
)
def test_prefixes_follow_the_family(tmp_path, name, query, passage):
    found = rules(write_checkpoint(tmp_path), name)
    assert (found.query_prefix, found.passage_prefix) == (query, passage)


def test_a_renamed_folder_is_recognised_by_the_name_in_its_configuration(tmp_path):
    assert rules(write_checkpoint(tmp_path, _name_or_path="intfloat/e5-small-v2")).query_prefix == "query: "


def test_prompts_in_the_checkpoint_win_over_the_family(tmp_path):
    write_checkpoint(tmp_path)
    prompts = {"prompts": {"query": "q> ", "document": "d> "}}
    (tmp_path / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    found = rules(tmp_path, "intfloat/e5-small-v2")
    assert (found.query_prefix, found.passage_prefix) == ("q> ", "d> ")


@pytest.mark.parametrize(
    ("sentence", "tokenizer", "expected"),
    [
        ({"max_seq_length": 256}, {"model_max_length": 512}, 256),
        ({"max_seq_length": None}, {"model_max_length": 128}, 128),
        (None, {"model_max_length": 1000000000000000019884624838656}, 512),
        (None, None, 512),
    ],
)
def test_the_length_limit_is_the_documented_one(tmp_path, sentence, tokenizer, expected):
    write_checkpoint(tmp_path)
    for name, content in (("sentence_bert_config.json", sentence), ("tokenizer_config.json", tokenizer)):
        if content is not None:
            (tmp_path / name).write_text(json.dumps(content))
    assert rules(tmp_path).max_tokens == expected


def test_a_checkpoint_without_pooling_configuration_is_mean_pooled_with_a_warning(tmp_path, caplog):
    assert rules(write_checkpoint(tmp_path)).pooling == "mean"
    assert "mean pooling is assumed" in caplog.text
