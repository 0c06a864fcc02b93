import json
import shutil
import subprocess
import sys

import pytest
from leadgen.errors import ModelError
from leadgen.text import HashingTextModel, TextModelSpec, hashing_spec, load_text_model


@pytest.fixture
def folder(minilm_folder, tmp_path):
    copy = tmp_path / "model"
    copy.mkdir()
    for path in minilm_folder.iterdir():
        (copy / path.name).hardlink_to(path)
    return copy


def edit_spec(folder, **changes):
    spec = json.loads((folder / "spec.json").read_text())
    (folder / "spec.json").unlink()
    (folder / "spec.json").write_text(json.dumps({**spec, **changes}))


def replace(folder, name, content):
    (folder / name).unlink()
    (folder / name).write_bytes(content)


@pytest.mark.parametrize("name", ["spec.json", "model.onnx", "model.onnx.data", "tokenizer.json", "golden.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        load_text_model(folder)


@pytest.mark.parametrize("name", ["spec.json", "model.onnx", "tokenizer.json", "golden.json"])
@pytest.mark.parametrize("content", [b"", b"\x00garbage", b"{}"])
def test_a_damaged_file_is_named(folder, name, content):
    replace(folder, name, content)
    with pytest.raises(ModelError, match=name):
        load_text_model(folder)


def test_truncated_weights_are_refused(folder):
    weights = (folder / "model.onnx.data").read_bytes()
    replace(folder, "model.onnx.data", weights[: len(weights) // 2])
    with pytest.raises(ModelError, match=r"model\.onnx cannot be loaded"):
        load_text_model(folder)


def test_a_truncated_graph_is_refused(folder):
    replace(folder, "model.onnx", (folder / "model.onnx").read_bytes()[:9000])
    with pytest.raises(ModelError, match=r"model\.onnx"):
        load_text_model(folder)


def test_a_dimension_other_than_the_specifications_is_refused(folder):
    edit_spec(folder, dimension=768)
    with pytest.raises(ModelError, match="384 dimensions but its specification says 768"):
        load_text_model(folder)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format_version", 2),
        ("precision", "int3"),
        ("pooling", "max"),
        ("sha256", "abc"),
        ("max_tokens", 0),
        ("normalise", False),
        ("surprise", 1),
    ],
)
def test_a_specification_this_version_does_not_understand_is_refused_by_field(folder, field, value):
    edit_spec(folder, **{field: value})
    with pytest.raises(ModelError, match=rf"spec\.json is not a text model specification: {field}"):
        load_text_model(folder)


def test_a_specification_survives_writing_and_reading(tmp_path):
    spec = hashing_spec(128).model_copy(update={"query_prefix": "запрос: "})
    spec.write(tmp_path)
    assert TextModelSpec.read(tmp_path) == spec


def test_a_hashing_model_is_loaded_with_a_warning(tmp_path, caplog):
    hashing_spec(64).write(tmp_path)
    model = load_text_model(tmp_path)
    assert isinstance(model, HashingTextModel)
    assert model.encode(["brewery"]).shape == (1, 64)
    assert "'hashing'" in caplog.text


def test_a_hashing_model_of_another_method_is_refused(tmp_path):
    hashing_spec(64).model_copy(update={"sha256": "0" * 64}).write(tmp_path)
    with pytest.raises(ModelError, match="another version"):
        load_text_model(tmp_path)


def test_a_moved_model_still_loads(folder, tmp_path, minilm):
    moved = shutil.move(folder, tmp_path / "elsewhere")
    assert (load_text_model(moved, threads=1).encode(["beer"]) @ minilm.encode(["beer"]).T).item() > 0.9999


def test_importing_the_package_loads_no_runtime():
    code = (
        "import sys, leadgen.text;"
        "sys.exit(bool({'onnxruntime', 'tokenizers', 'onnx', 'torch', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
