import json
import socket
import time

import pytest
from bert_checkpoints import write_checkpoint, write_sentence_modules
from hub_server import COMMIT, running_hub
from leadgen.errors import ConfigurationError, ModelError
from leadgen.text import TextModelSpec

from build_artifacts.models import prepare_text_model
from build_artifacts.models.hub import HubUnreachableError

MODEL = "intfloat/e5-small-v2"
CLS = {"pooling_mode_cls_token": True}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    checkpoint = write_checkpoint(tmp_path / "hub" / MODEL)
    write_sentence_modules(checkpoint, CLS, max_seq_length=20)
    with running_hub(tmp_path / "hub") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


@pytest.fixture
def no_hub(monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{unused.getsockname()[1]}")
        yield


def test_a_hub_model_is_downloaded_with_its_pooling_and_pinned_to_its_commit(hub, tmp_path):
    spec = TextModelSpec.read(prepare_text_model(MODEL, tmp_path / "cache"))
    assert (spec.id, spec.pooling, spec.max_tokens) == (MODEL, "cls", 20)
    assert spec.source == f"hub {MODEL}@{COMMIT}"
    assert hub.requests[f"/{MODEL}/resolve/main/config.json"] == 1
    assert hub.requests[f"/{MODEL}/resolve/{COMMIT}/model.safetensors"] == 1


def test_a_commit_is_downloaded_once(hub, tmp_path):
    first = prepare_text_model(MODEL, tmp_path / "cache")
    before = hub.requests.total()
    assert prepare_text_model(MODEL, tmp_path / "cache") == first
    assert hub.requests.total() == before + 1


def test_a_revision_may_be_named(hub, tmp_path):
    prepare_text_model(f"{MODEL}@refs/pr/3", tmp_path / "cache")
    assert json.loads(next((tmp_path / "cache").rglob("revisions.json")).read_text()) == {"refs/pr/3": COMMIT}


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "config.json"])
def test_content_other_than_announced_is_refused(hub, tmp_path, file):
    hub.corrupt.add(file)
    with pytest.raises(ModelError, match=rf"{file}: the content has digest"):
        prepare_text_model(MODEL, tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob(COMMIT))


def test_a_download_that_breaks_off_is_tried_again(hub, tmp_path, caplog):
    hub.cut_short_once.add("model.safetensors")
    prepare_text_model(MODEL, tmp_path / "cache")
    assert "bytes arrived, trying again" in caplog.text


def test_a_model_that_does_not_exist_is_an_error_not_another_model(hub, tmp_path):
    with pytest.raises(ModelError, match="nobody/nothing does not exist or is not public"):
        prepare_text_model("nobody/nothing", tmp_path / "cache")


def test_a_model_without_safetensors_is_an_error(hub, tmp_path):
    (hub.root / MODEL / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"has no model\.safetensors"):
        prepare_text_model(MODEL, tmp_path / "cache")


def test_a_host_that_is_no_hub_is_an_error(hub, tmp_path):
    hub.commit = None
    with pytest.raises(ModelError, match="names no commit"):
        prepare_text_model(MODEL, tmp_path / "cache")


def test_without_a_connection_a_named_model_is_an_error(no_hub, tmp_path):
    with pytest.raises(HubUnreachableError, match="cannot be downloaded"):
        prepare_text_model(MODEL, tmp_path / "cache")


def test_without_a_connection_the_commit_downloaded_before_is_used(hub, tmp_path, caplog):
    first = prepare_text_model(MODEL, tmp_path / "cache")
    hub.status = 503
    assert prepare_text_model(MODEL, tmp_path / "cache") == first
    assert COMMIT in caplog.text


def test_a_hub_that_accepts_but_never_answers_is_given_up_after_seconds(monkeypatch, tmp_path):
    monkeypatch.setattr("build_artifacts.models.hub_checkpoint.CONNECT_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        start = time.monotonic()
        with pytest.raises(HubUnreachableError):
            prepare_text_model(MODEL, tmp_path / "cache")
    assert time.monotonic() - start < 5


def test_an_endpoint_that_is_no_web_address_is_a_configuration_error(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_ENDPOINT", "file:///etc")
    with pytest.raises(ConfigurationError, match="HF_ENDPOINT"):
        prepare_text_model(MODEL, tmp_path / "cache")
