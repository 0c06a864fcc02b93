"""`/similarity`: cosines of what `/embed` gives."""

import httpx
import numpy as np
import pytest
from leadgen.text.model import NeuralTextModel

TEXTS = ["we make wind turbine blades", "we lease trucks", "spain"]
LONG = "we make wind turbine blades in spain and lease trucks " * 5 + "in spain"


def test_a_query_is_compared_with_texts(texts: httpx.Client, neural: NeuralTextModel) -> None:
    answer = texts.post("/similarity", json={"query": "wind", "texts": TEXTS}).json()
    expected = neural.encode(["wind"], "query") @ neural.encode(TEXTS, "passage").T
    np.testing.assert_allclose(answer["similarities"], expected[0], atol=1e-6)
    assert answer["cut"] == 0


def test_several_queries_make_a_matrix(texts: httpx.Client, neural: NeuralTextModel) -> None:
    answer = texts.post("/similarity", json={"query": ["wind", "trucks"], "texts": TEXTS}).json()
    expected = neural.encode(["wind", "trucks"], "query") @ neural.encode(TEXTS, "passage").T
    np.testing.assert_allclose(answer["similarities"], expected, atol=1e-6)


def test_texts_are_compared_with_each_other(texts: httpx.Client) -> None:
    matrix = np.array(texts.post("/similarity", json={"texts": TEXTS}).json()["similarities"])
    np.testing.assert_allclose(np.diag(matrix), 1, atol=1e-5)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-6)


def test_the_two_of_each_pair_are_compared(texts: httpx.Client, neural: NeuralTextModel) -> None:
    pairs = [["wind", "spain"], ["trucks", "we lease trucks"]]
    answer = texts.post("/similarity", json={"pairs": pairs, "input_type": "query"}).json()
    left, right = (neural.encode(list(side), "query") for side in zip(*pairs, strict=True))
    np.testing.assert_allclose(answer["similarities"], (left * right).sum(axis=1), atol=1e-6)


def test_what_is_cut_is_counted(texts: httpx.Client) -> None:
    assert texts.post("/similarity", json={"query": "wind", "texts": [LONG]}).json()["cut"] > 0
    refusal = texts.post("/similarity", json={"query": "wind", "texts": ["a", LONG], "truncate": "error"})
    assert refusal.json()["errors"][0]["pointer"] == "#/texts/1"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": "wind"},
        {"query": "wind", "pairs": [["a", "b"]]},
        {"texts": ["a"], "pairs": [["a", "b"]]},
        {"pairs": [["a"]]},
        {"pairs": [[1, 2]] * 1000},
        {"texts": ["a"] * 257},
    ],
)
def test_what_cannot_be_compared_is_refused(texts: httpx.Client, body: dict[str, object]) -> None:
    answer = texts.post("/similarity", json=body)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 1
