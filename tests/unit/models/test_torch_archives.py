import os
import pickle
import zipfile

import ml_dtypes
import numpy as np
import pytest
from bert_checkpoints import random_tensors, write_checkpoint
from hub_server import running_hub
from leadgen.errors import ModelError
from leadgen.text import load_text_model
from monarch_checkpoints import monarch_tensors, write_monarch_checkpoint
from torch_files import write_torch_file

from build_artifacts.models import prepare_text_model
from build_artifacts.models.torch_archive import TorchArchive

TENSORS = {
    "words": np.arange(6, dtype=np.float32).reshape(2, 3),
    "halves": np.array([[1.5, -2]], dtype=ml_dtypes.bfloat16),
    "places": np.arange(4, dtype=np.int64),
}


def test_tensors_are_read_as_torch_saved_them(tmp_path):
    write_torch_file(tmp_path / "pytorch_model.bin", TENSORS)
    with TorchArchive(tmp_path / "pytorch_model.bin") as archive:
        read = {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118
    assert read.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert read[name].dtype == tensor.dtype
        assert np.array_equal(read[name], tensor)


@pytest.mark.parametrize(
    ("tensors", "write"), [(random_tensors, write_checkpoint), (monarch_tensors, write_monarch_checkpoint)]
)
def test_a_checkpoint_that_is_published_as_pytorch_model_bin_compiles_to_the_same_model(tmp_path, tensors, write):
    safe, torch = write(tmp_path / "safe"), write(tmp_path / "torch")
    (torch / "model.safetensors").unlink()
    write_torch_file(torch / "pytorch_model.bin", tensors())
    models = [load_text_model(prepare_text_model(str(folder), tmp_path / "cache")) for folder in (safe, torch)]
    embeddings = [model.encode(["we make turbine blades", "and"]) for model in models]
    assert np.array_equal(*embeddings)
    assert models[0].spec.sha256 != models[1].spec.sha256


def test_safetensors_is_preferred_where_the_hub_has_both(tmp_path, monkeypatch):
    folder = write_monarch_checkpoint(tmp_path / "hub" / "owner" / "m2-bert")
    write_torch_file(folder / "pytorch_model.bin", TENSORS)
    with running_hub(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        prepare_text_model("owner/m2-bert", tmp_path / "cache")
        assert not [path for path in hub.requests if path.endswith("pytorch_model.bin")]
        (folder / "model.safetensors").unlink()
        hub.commit = "1" * 40
        write_torch_file(folder / "pytorch_model.bin", monarch_tensors())
        prepare_text_model("owner/m2-bert", tmp_path / "cache")
        assert [path for path in hub.requests if path.endswith("pytorch_model.bin")]


class Intruder:
    """Unpickled, it would leave a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_pickle_that_would_run_something_is_refused_and_does_not_run(tmp_path, protocol):
    program = pickle.dumps({"words": Intruder(tmp_path / "was-here")}, protocol)
    write_torch_file(tmp_path / "pytorch_model.bin", TENSORS, program)
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is damaged, or no dictionary of tensors"):
        TorchArchive(tmp_path / "pytorch_model.bin")
    assert not (tmp_path / "was-here").exists()


@pytest.mark.parametrize(
    "program", [b"\x80\x02.", b"\x80\x02K\x01.", b"\x80\x02}", b"\x80\x02R.", b"not a pickle", b"\x80\x02h\x07."]
)
def test_a_damaged_description_is_refused(tmp_path, program):
    write_torch_file(tmp_path / "pytorch_model.bin", TENSORS, program)
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is damaged"):
        TorchArchive(tmp_path / "pytorch_model.bin")


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x02 as torch before 1.6 wrote it")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is damaged"):
        TorchArchive(tmp_path / "pytorch_model.bin")


@pytest.mark.parametrize("content", [None, bytes(20)])
def test_a_tensor_whose_storage_is_missing_or_short_is_named(tmp_path, content):
    write_torch_file(tmp_path / "whole.bin", TENSORS)
    with zipfile.ZipFile(tmp_path / "whole.bin") as whole, zipfile.ZipFile(tmp_path / "less.bin", "w") as less:
        for name in whole.namelist():
            if name != "archive/data/0":
                less.writestr(name, whole.read(name))
        if content is not None:
            less.writestr("archive/data/0", content)
    with TorchArchive(tmp_path / "less.bin") as archive, pytest.raises(ModelError, match="tensor words cannot be read"):
        archive.get_tensor("words")
