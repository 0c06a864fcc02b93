"""`/tokenize`: what a model makes of a text."""

import httpx


def test_a_text_is_taken_apart(texts: httpx.Client) -> None:
    answer = texts.post("/tokenize", json={"texts": "wind in spain"}).json()
    (tokens,) = answer["tokens"]
    assert [token["text"] for token in tokens] == ["[CLS]", "wind", "in", "spain", "[SEP]"]
    assert [token["special"] for token in tokens] == [True, False, False, False, True]
    assert ["wind in spain"[token["start"] : token["end"]] for token in tokens[1:-1]] == ["wind", "in", "spain"]
    assert (answer["counts"], answer["max_tokens"], answer["model"]) == ([5], 24, "acme/e5-tiny")


def test_nothing_is_left_out(texts: httpx.Client) -> None:
    assert texts.post("/tokenize", json={"texts": ["spain " * 100, ""]}).json()["counts"] == [102, 2]


def test_its_ids_embed_as_the_text_does(texts: httpx.Client) -> None:
    (tokens,) = texts.post("/tokenize", json={"texts": "query: wind in spain"}).json()["tokens"]
    ids = [token["id"] for token in tokens if not token["special"]]
    by_ids = texts.post("/v1/embeddings", json={"model": "acme/e5-tiny", "input": ids}).json()
    by_text = texts.post("/embed", json={"query": "wind in spain"}).json()
    assert by_ids["data"][0]["embedding"] == by_text["embeddings"][0]


def test_what_cannot_be_taken_apart_is_refused(texts: httpx.Client) -> None:
    assert texts.post("/tokenize", json={"texts": "x", "model": "hashing"}).status_code == 422
    assert texts.post("/tokenize", json={"texts": ["x" * 1_000] * 300}).status_code == 422
