"""Which form `auto` takes, by the neighbours that stay and by speed."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
from leadgen.errors import ModelError
from leadgen.text import TextModelSpec
from leadgen.text.avx512 import library

from build_artifacts.cli import main
from build_artifacts.models import fastest, prepare_text_model
from build_artifacts.models.fidelity import fidelity, neighbour_overlap
from build_artifacts.models.package_checkpoint import PACKAGE, package_is_installed

THINGS = ("wind turbines", "bread", "trucks", "software for hospitals", "steel pipes", "olive oil", "insurance", "toys")
TEXTS = [
    f"{verb} {thing} in {place}"
    for thing in THINGS
    for verb in ("makes", "sells")
    for place in ["Spain", "Peru", "Oslo", "Rome"]
]


def drawn(rows, seed):
    values = np.random.default_rng(seed).standard_normal((rows, 16)).astype(np.float32)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def test_the_same_embeddings_keep_all_neighbours():
    exact = drawn(40, 1)
    found = fidelity(exact, exact.copy())
    assert (found.texts, found.top10_overlap) == (40, 1.0)
    assert found.min_cosine == pytest.approx(1.0, abs=1e-5)


def test_unrelated_embeddings_keep_neighbours_by_chance():
    exact, found = drawn(400, 1), drawn(400, 2)
    assert neighbour_overlap(exact, exact, found, found) == pytest.approx(10 / 399, abs=0.01)


def test_a_query_may_have_any_text_as_neighbour():
    texts = drawn(11, 1)
    assert neighbour_overlap(texts[:3].copy(), texts, texts[:3].copy(), texts) == 1.0


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    if not package_is_installed():
        pytest.skip(f"the package {PACKAGE} is not installed")
    if library.unfit_processor():
        pytest.skip(f"the AVX-512 engine cannot run here: {library.unfit_processor()}")
    return tmp_path_factory.mktemp("cache")


def test_auto_takes_the_fastest_form_that_keeps_the_floor(cache, caplog):
    caplog.set_level(logging.INFO)
    spec = TextModelSpec.read(prepare_text_model(PACKAGE, cache, "auto", texts=TEXTS, floor=0.8))
    assert (spec.kind, spec.precision) == ("avx512", "int8")
    assert spec.fidelity
    assert spec.fidelity.texts == len(TEXTS)
    assert 0.8 <= spec.fidelity.top10_overlap <= 1
    assert "precision int8 in groups of 128 on avx512" in caplog.text


def test_below_the_floor_it_takes_a_more_exact_one_and_says_why(cache, caplog):
    caplog.set_level(logging.INFO)
    spec = TextModelSpec.read(prepare_text_model(PACKAGE, cache, "auto", texts=TEXTS, floor=0.9999))
    assert spec.precision == "fp32"
    assert caplog.text.count("is below the floor of 0.9999") == 3


def test_what_is_not_faster_is_not_taken(cache, monkeypatch):
    monkeypatch.setattr(fastest, "_speed", lambda *_: 0.9)
    spec = TextModelSpec.read(prepare_text_model(PACKAGE, cache, "auto", texts=TEXTS, floor=0.5))
    assert (spec.kind, spec.precision, spec.fidelity) == ("onnx", "fp32", None)


def test_a_processor_without_avx512_gets_fp32(cache, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(fastest, "unfit_processor", lambda: "the processor has no avx512_vnni")
    spec = TextModelSpec.read(prepare_text_model(PACKAGE, cache, "auto", texts=TEXTS, floor=0.5))
    assert (spec.kind, spec.precision) == ("onnx", "fp32")
    assert "the processor has no avx512_vnni" in caplog.text


def test_a_few_texts_are_no_sample(cache):
    with pytest.raises(ModelError, match="at least 50 different texts, not 3"):
        prepare_text_model(PACKAGE, cache, "auto", texts=["a", "b", "c", "a"] * 50)


def command(cache: Path, table: Path, *flags: str) -> int:
    return main(["model", PACKAGE, "--cache", str(cache), "--input-path", str(table), *flags])


def test_the_command_writes_a_model_chosen_by_a_table(cache, tmp_path, capsys):
    table, target = tmp_path / "texts.csv", tmp_path / "model"
    table.write_text("text\n" + "\n".join(TEXTS))
    flags = ("--text-cols", "text", "--output-path", str(target), "--fidelity-floor", "0.8")
    for _ in range(2):  # what is there is replaced
        assert command(cache, table, *flags) == 0
        assert json.loads(capsys.readouterr().out)["fidelity"]["texts"] == len(TEXTS)
        assert TextModelSpec.read(target).precision == "int8"


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (("--text-cols", "words"), "has no column 'words'"),
        (("--text-cols", ""), "give --input-path and --text-cols"),
        (("--text-cols", "text", "--fidelity-floor", "98"), "a share between 0 and 1"),
    ],
)
def test_the_command_says_what_is_wrong(cache, tmp_path, capsys, flags, reason):
    table = tmp_path / "texts.csv"
    table.write_text("text\n" + "\n".join(TEXTS))
    assert command(cache, table, *flags, "--output-path", str(tmp_path / "model")) == 2
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


def test_the_command_replaces_nothing_but_a_model(cache, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    assert (
        main(["model", PACKAGE, "--cache", str(cache), "--precision", "fp32", "--output-path", str(tmp_path / "mine")])
        == 2
    )
    assert "not a compiled text model" in capsys.readouterr().err
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"
