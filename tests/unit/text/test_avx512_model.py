"""The AVX-512 engine against onnxruntime on the same checkpoints."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from leadgen.errors import ModelError
from leadgen.text import TextModelSpec, load_text_model
from leadgen.text.avx512 import library
from leadgen.text.spec import ENCODER_FILE, TENSORS_FILE

from build_artifacts.models import prepare_text_model
from build_artifacts.models.package_checkpoint import PACKAGE

TEXTS = json.loads((Path(__file__).parents[2] / "fixtures" / "text" / "minilm_texts.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def _engine():
    if library.unfit_processor():
        pytest.skip(f"the AVX-512 engine cannot run here: {library.unfit_processor()}")
    try:
        library.compile_library()
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def exact_folder(minilm_folder):
    return prepare_text_model(PACKAGE, minilm_folder.parent, "fp32", engine="avx512")


@pytest.fixture(scope="module")
def int8_folder(minilm_folder):
    return prepare_text_model(PACKAGE, minilm_folder.parent, "int8")


@pytest.fixture
def copied(int8_folder, tmp_path):
    return shutil.copytree(int8_folder, tmp_path / "model")


def test_in_fp32_it_embeds_what_onnxruntime_does(minilm, exact_folder):
    model = load_text_model(exact_folder, threads=2)
    np.testing.assert_allclose(model.encode(TEXTS), minilm.encode(TEXTS), atol=2e-6)
    assert model.spec.space == minilm.spec.space
    assert model.spec.sha256 != minilm.spec.sha256


def test_in_int8_it_embeds_nearly_the_same_in_a_space_of_its_own(minilm, int8_folder):
    model = load_text_model(int8_folder, threads=2)
    embeddings = model.encode(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1.0, atol=1e-6)
    assert (embeddings * minilm.encode(TEXTS)).sum(axis=1).min() > 0.998
    assert model.spec.precision == "int8"
    assert model.spec.space == model.spec.sha256 != minilm.spec.space


def test_in_int8_it_takes_less_than_half_the_room(exact_folder, int8_folder):
    exact, small = ((folder / TENSORS_FILE).stat().st_size for folder in (exact_folder, int8_folder))
    assert small < 0.45 * exact


@pytest.mark.parametrize("threads", [1, 3])
def test_an_embedding_is_the_same_bits_in_any_company(exact_folder, int8_folder, threads):
    for folder in (exact_folder, int8_folder):
        model = load_text_model(folder, threads=threads)
        together = model.encode(TEXTS * 3)
        alone = np.concatenate([model.encode([text]) for text in TEXTS])
        np.testing.assert_array_equal(together, np.tile(alone, (3, 1)))


def test_every_length_embeds_what_onnxruntime_does(minilm, exact_folder):
    draw, model = np.random.default_rng(3), load_text_model(exact_folder, threads=2)
    ids = [draw.integers(1000, 20_000, length, dtype=np.int32) for length in (*range(1, 20), 63, 64, 65, 128, 129, 256)]
    np.testing.assert_allclose(model.encode_tokens(ids), minilm.encode_tokens(ids), atol=2e-6)


def test_several_threads_may_call_it_at_once(int8_folder):
    model = load_text_model(int8_folder, threads=2)
    expected = model.encode(TEXTS)
    with ThreadPoolExecutor(4) as executor:
        for found in executor.map(model.encode, [TEXTS] * 8):
            np.testing.assert_array_equal(found, expected)


def test_no_texts_are_no_embeddings(int8_folder):
    assert load_text_model(int8_folder).encode([]).shape == (0, 384)


@pytest.mark.parametrize("ids", [[], [-1], [30_522], [5] * 513])
def test_tokens_that_the_library_would_read_beyond_its_tables_are_refused(int8_folder, ids):
    model = load_text_model(int8_folder)
    with pytest.raises(ModelError, match=r"all-MiniLM-L6-v2 (embeds 1 to 512 tokens|has no token ids)"):
        model.encode_tokens([np.array([101, 102], np.int32), np.array(ids, np.int32)])


def test_weights_that_were_cut_short_are_refused(copied):
    path = copied / TENSORS_FILE
    path.write_bytes(path.read_bytes()[:-64])
    with pytest.raises(ModelError, match="is not a whole safetensors file"):
        load_text_model(copied)


@pytest.mark.parametrize("changed", [{"group": 128}, {"layers": 7}, {"vocabulary": 10}, {"inner": 64}])
def test_sizes_that_are_not_the_weights_are_refused(copied, changed):
    sizes = json.loads((copied / ENCODER_FILE).read_text())
    (copied / ENCODER_FILE).write_text(json.dumps({**sizes, **changed}))
    with pytest.raises(ModelError, match="does not hold"):
        load_text_model(copied)


@pytest.mark.parametrize("changed", [{"group": 7}, {"heads": 0}, {"hidden": "384"}])
def test_sizes_that_cannot_be_are_refused(copied, changed):
    sizes = json.loads((copied / ENCODER_FILE).read_text())
    (copied / ENCODER_FILE).write_text(json.dumps({**sizes, **changed}))
    with pytest.raises(ModelError, match=r"encoder\.json is damaged"):
        load_text_model(copied)


def test_another_pooling_than_the_checkpoints_fails_the_self_test(copied):
    TextModelSpec.read(copied).model_copy(update={"pooling": "cls"}).write(copied)
    with pytest.raises(ModelError, match="the pooling"):
        load_text_model(copied)


def test_a_gpu_is_refused(int8_folder):
    with pytest.raises(ModelError, match="not for a GPU"):
        load_text_model(int8_folder, device="cuda")


def test_without_the_library_it_says_how_to_compile_it(int8_folder, monkeypatch, tmp_path):
    monkeypatch.setattr(library, "library_path", lambda: tmp_path / "encoder.so")
    monkeypatch.setattr(library, "load_library", library.load_library.__wrapped__)
    monkeypatch.setattr("leadgen.text.avx512.model.load_library", library.load_library)
    with pytest.raises(ModelError, match=r"python -m leadgen\.text\.avx512"):
        load_text_model(int8_folder)


def test_another_processor_is_told_what_it_lacks(int8_folder, monkeypatch):
    monkeypatch.setattr(library, "unfit_processor", lambda: "the processor has no avx512_vnni")
    monkeypatch.setattr("leadgen.text.avx512.model.load_library", library.load_library.__wrapped__)
    with pytest.raises(ModelError, match="cannot run here: the processor has no avx512_vnni"):
        load_text_model(int8_folder)


def test_without_a_compiler_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(library, "library_path", lambda: tmp_path / "encoder.so")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ModelError, match="install a C compiler"):
        library.compile_library()
