import json

import numpy as np
import pytest
from leadgen.errors import ModelError
from leadgen.text.tensor_file import map_tensors
from safetensors.numpy import save_file


@pytest.fixture
def path(tmp_path):
    tensors = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.float32([[[7.5]]])}
    save_file(tensors, tmp_path / "model.safetensors", metadata={"made": "by a test"})
    return tmp_path / "model.safetensors"


def test_every_tensor_of_a_safetensors_file_is_mapped_by_its_name(path):
    tensors = map_tensors(path)
    assert {name: values.tolist() for name, values in tensors.items()} == {"a": [[[7.5]]], "b": [[0, 1, 2], [3, 4, 5]]}
    assert not tensors["b"].flags.writeable
    assert tensors["b"].dtype == np.float32


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read"):
        map_tensors(tmp_path / "model.safetensors")


@pytest.mark.parametrize("kept", [0, 4, 30, -1])
def test_a_file_that_was_cut_short_is_refused(path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        map_tensors(path)


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 400]},
        {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]},
        {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2]},
        "no entry",
    ],
)
def test_a_header_that_does_not_fit_is_refused(tmp_path, entry):
    header = json.dumps({"a": entry}).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    with pytest.raises(ModelError, match="not a whole safetensors file"):
        map_tensors(path)
