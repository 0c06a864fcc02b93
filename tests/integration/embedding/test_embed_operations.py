"""`/embed` and `/embed/batch`: embeddings of the model, and an account of what was read."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from leadgen.text.model import NeuralTextModel

from functions.api.schemas.embedded import Embeddings

TEXTS = ["we make wind turbine blades in spain", "we lease trucks", ""]
LONG = "we make wind turbine blades in spain and lease trucks " * 5 + "in spain"


def embedded(answer: httpx.Response) -> Embeddings:
    assert answer.status_code == 200, answer.text
    return Embeddings.model_validate_json(answer.content, strict=True)


def test_a_query_is_embedded_as_a_query(texts: httpx.Client, neural: NeuralTextModel) -> None:
    found = embedded(texts.post("/embed", json={"query": TEXTS[0]}))
    assert (found.count, found.dimension, found.input_type, found.model) == (1, 32, "query", "acme/e5-tiny")
    np.testing.assert_allclose(found.embeddings, neural.encode(TEXTS[:1], "query"), atol=1e-6)
    several = embedded(texts.post("/embed", json={"query": TEXTS}))
    np.testing.assert_allclose(several.embeddings, neural.encode(TEXTS, "query"), atol=1e-6)


def test_texts_are_embedded_as_passages_unless_they_are_said_to_be_queries(
    texts: httpx.Client, neural: NeuralTextModel
) -> None:
    passages = embedded(texts.post("/embed", json={"texts": TEXTS}))
    queries = embedded(texts.post("/embed", json={"texts": TEXTS, "input_type": "query"}))
    np.testing.assert_allclose(passages.embeddings, neural.encode(TEXTS, "passage"), atol=1e-6)
    np.testing.assert_allclose(queries.embeddings, neural.encode(TEXTS, "query"), atol=1e-6)
    assert not np.allclose(passages.embeddings, queries.embeddings, atol=1e-3)


def test_a_bare_list_is_embedded_with_options_in_the_query(texts: httpx.Client, neural: NeuralTextModel) -> None:
    passages = embedded(texts.post("/embed/batch", json=TEXTS))
    np.testing.assert_allclose(passages.embeddings, neural.encode(TEXTS, "passage"), atol=1e-6)
    short = embedded(texts.post("/embed/batch", params={"dimensions": 8, "input_type": "query"}, json=TEXTS))
    assert (short.dimension, short.input_type) == (8, "query")
    assert embedded(texts.post("/embed/batch", json=[])).count == 0


def test_what_is_cut_is_counted_on_either_side(texts: httpx.Client, neural: NeuralTextModel) -> None:
    end = embedded(texts.post("/embed", json={"texts": [LONG, "spain"]}))
    start = embedded(texts.post("/embed", json={"texts": [LONG, "spain"], "truncate": "start"}))
    assert end.tokens == start.tokens == [24, 5]
    (whole,) = neural.pieces([LONG])
    # Both have two special tokens; E5's prefix takes two more.
    assert end.cut == start.cut == [len(whole.ids) + 2 - 24, 0]
    expected = neural.encode_counted([LONG], "passage", "start").embeddings
    np.testing.assert_allclose(start.embeddings[:1], expected, atol=1e-6)
    assert not np.allclose(end.embeddings[0], start.embeddings[0], atol=1e-3)


def test_a_text_that_is_too_long_can_be_refused_by_its_place(texts: httpx.Client) -> None:
    answer = texts.post("/embed", json={"texts": ["spain", LONG], "truncate": "error"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["errors"][0]["pointer"] == "#/texts/1"
    assert "24 tokens" in problem["detail"]
    alone = texts.post("/embed", json={"query": LONG, "truncate": "error"}).json()
    assert alone["errors"][0]["pointer"] == "#/query"


def test_a_long_text_is_embedded_whole_by_windows(texts: httpx.Client, neural: NeuralTextModel) -> None:
    found = embedded(texts.post("/embed", json={"texts": [LONG, "spain"], "long_text": "window"}))
    assert found.cut == [0, 0]
    assert found.windows[0] > 1
    assert found.windows[1] == 1
    np.testing.assert_allclose(np.linalg.norm(found.embeddings, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(found.embeddings[1:], neural.encode(["spain"], "passage"), atol=1e-6)
    cut = embedded(texts.post("/embed", json={"texts": [LONG]}))
    assert not np.allclose(found.embeddings[0], cut.embeddings[0], atol=1e-3)


def test_shortened_embeddings_are_normalised_again(texts: httpx.Client, neural: NeuralTextModel) -> None:
    found = embedded(texts.post("/embed", json={"query": TEXTS[0], "dimensions": 5}))
    first = neural.encode(TEXTS[:1], "query")[:, :5]
    np.testing.assert_allclose(found.embeddings, first / np.linalg.norm(first), atol=1e-6)


def test_models_answer_by_their_names(texts: httpx.Client) -> None:
    found = embedded(texts.post("/embed", json={"texts": TEXTS, "model": "hashing"}))
    assert (found.model, found.dimension, found.tokens) == ("hashing", 64, [7, 3, 0])
    unknown = texts.post("/embed", json={"texts": TEXTS, "model": "other"})
    assert unknown.status_code == 404
    assert "acme/e5-tiny, hashing" in unknown.json()["detail"]


def test_health_names_every_model(texts: httpx.Client) -> None:
    health = texts.get("/health").json()
    neural = {"id": "acme/e5-tiny", "dimension": 32, "max_tokens": 24, "precision": "fp32", "device": "cpu"}
    assert health["embedding_models"][0].items() >= neural.items()
    assert [model["kind"] for model in health["embedding_models"]] == ["onnx", "hashing"]
    assert health["bundle_id"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#"),
        ({"query": "a", "texts": ["b"]}, "#"),
        ({"query": 7}, "#/query"),
        ({"texts": "a"}, "#/texts"),
        ({"texts": ["a", None]}, "#/texts"),
        ({"query": "a", "dimensions": 33}, "#/dimensions"),
        ({"query": "a", "dimensions": 0}, "#/dimensions"),
        ({"query": "a", "dimensions": True}, "#/dimensions"),
        ({"query": "a", "truncate": "middle"}, "#/truncate"),
        ({"query": "a", "input_type": "document"}, "#/input_type"),
        ({"query": "a", "colour": "red"}, "#/colour"),
        ({"query": "a", "model": "hashing", "long_text": "window"}, "#/query"),
    ],
)
def test_what_cannot_be_used_is_named(texts: httpx.Client, body: dict[str, Any], pointer: str) -> None:
    answer = texts.post("/embed", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_no_more_texts_than_the_setting_allows(models_setting: str, serve_models: Callable[..., Any]) -> None:
    with serve_models(LEADGEN_EMBEDDING_MODELS=models_setting, LEADGEN_MAX_TEXTS="2") as server:
        assert httpx.post(f"{server.url}/embed/batch", json=["a", "b"]).status_code == 200
        answer = httpx.post(f"{server.url}/embed/batch", json=["a", "b", "c"])
        assert (answer.status_code, "more than 2" in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b'{"query": "a"}', {"content-type": "text/plain"}, 415),
        (b'{"query": "a"', {"content-type": "application/json"}, 400),
        (b"", {"content-type": "application/json"}, 400),
        (b'{"query": "\xff"}', {"content-type": "application/json"}, 400),
        (b'{"query": "\\ud800"}', {"content-type": "application/json"}, 400),
        (b"[" * 100_000, {"content-type": "application/json"}, 400),
        (b'{"query": NaN}', {"content-type": "application/json"}, 422),
        (b'{"query": "a", "dimensions": ' + b"9" * 5000 + b"}", {"content-type": "application/json"}, 400),
        (b'{"query": "a"}', {"content-type": "application/json; charset=utf-8"}, 200),
    ],
)
def test_a_body_that_is_no_json_is_refused(
    texts: httpx.Client, content: bytes, headers: dict[str, str], status: int
) -> None:
    assert texts.post("/embed", content=content, headers=headers).status_code == status


def test_parameters_in_the_query_are_refused_where_they_do_nothing(texts: httpx.Client) -> None:
    assert texts.post("/embed?model=hashing", json={"query": "a"}).status_code == 422
    assert texts.post("/embed/batch?colour=red", json=["a"]).status_code == 422
    wrong = texts.post("/embed/batch?dimensions=many", json=["a"])
    assert (wrong.status_code, wrong.json()["errors"][0]["parameter"]) == (422, "dimensions")


def test_with_a_bundle_its_own_model_embeds(client: httpx.Client, sample_bundle: Any) -> None:
    model = sample_bundle.manifest["text_model"]
    found = embedded(client.post("/embed", json={"query": "wind"}))
    assert (found.model, found.dimension) == (model["id"], model["dimension"])
