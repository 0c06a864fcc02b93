import numpy as np
import onnxruntime
import pytest
from leadgen.errors import ModelError
from leadgen.text import load_text_model
from leadgen.text.device import CUDA, chosen_provider


@pytest.fixture
def built_for_cuda(monkeypatch):
    """An onnxruntime that says it was built for CUDA, on a machine whose GPU cannot be used."""
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, "CPUExecutionProvider"])
    opened, session = [], onnxruntime.InferenceSession

    def open_session(path, options, providers):
        opened.append(providers)
        return session(path, options, providers=["CPUExecutionProvider"])

    monkeypatch.setattr(onnxruntime, "InferenceSession", open_session)
    return opened


def test_a_gpu_that_was_asked_for_and_cannot_be_used_is_an_error(minilm_folder, built_for_cuda):
    with pytest.raises(ModelError, match="nvidia-smi"):
        load_text_model(minilm_folder, threads=1, device="cuda")
    assert built_for_cuda == [[CUDA]]


def test_without_a_usable_gpu_auto_gives_the_embeddings_of_the_cpu(minilm, minilm_folder, built_for_cuda, caplog):
    model = load_text_model(minilm_folder, threads=2, device="auto")
    assert not model.on_gpu
    assert "no usable GPU" in caplog.text
    np.testing.assert_array_equal(model.encode(["a brewery"]), minilm.encode(["a brewery"]))


@pytest.mark.skipif(CUDA in onnxruntime.get_available_providers(), reason="this onnxruntime was built for CUDA")
def test_an_onnxruntime_without_cuda_is_named(minilm_folder):
    with pytest.raises(ModelError, match="onnxruntime-gpu"):
        load_text_model(minilm_folder, threads=1, device="cuda")
    assert chosen_provider("auto") == "CPUExecutionProvider"


def test_serving_never_asks_for_a_gpu(minilm_folder, built_for_cuda):
    load_text_model(minilm_folder, threads=1)
    assert built_for_cuda == [["CPUExecutionProvider"]]
