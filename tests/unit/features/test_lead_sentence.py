"""The first sentence of a description says what a company is, and may count as much as the rest."""

import numpy as np
from leadgen.features import ColumnPlan, embed_passages
from leadgen.features.embedding import lead_sentence

LONG = "Acme makes rockets and other things for coyotes all over the world"


def test_the_lead_is_the_first_sentence_or_two_where_it_is_short():
    assert lead_sentence(f"{LONG}. It was founded in 1949. More.") == LONG
    assert lead_sentence("Acme makes rockets. They fly. More.") == "Acme makes rockets. They fly"
    assert lead_sentence("") == ""


def test_an_abbreviation_does_not_end_a_sentence():
    assert lead_sentence(f"{LONG} in the U.S. Market and beyond. More.") == f"{LONG} in the U.S. Market and beyond"


def test_a_lead_is_at_most_400_characters():
    assert len(lead_sentence("word " * 500)) == 400


def encode(texts):
    rng = [np.random.default_rng(abs(hash(text))) for text in texts]
    vectors = np.array([r.standard_normal(16) for r in rng], dtype=np.float32).reshape(len(texts), 16)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def test_a_passage_is_embedded_as_the_mean_direction_of_itself_and_its_lead():
    passages = [f"{LONG}. It was founded in 1949.", LONG]
    found = embed_passages(passages, ColumnPlan(lead_sentence=True), encode)
    whole, lead = encode([passages[0], LONG])
    expected = (whole + lead) / np.linalg.norm(whole + lead)
    np.testing.assert_allclose(found[0], expected, atol=1e-6)
    np.testing.assert_allclose(found[1], lead, atol=1e-6)


def test_without_leads_passages_are_embedded_as_they_are():
    passages = [f"{LONG}. It was founded in 1949."]
    np.testing.assert_array_equal(embed_passages(passages, ColumnPlan(), encode), encode(passages))


def test_short_passages_cost_no_second_pass():
    calls = []
    embed_passages(["a", "b"], ColumnPlan(lead_sentence=True), lambda texts: calls.append(len(texts)) or encode(texts))
    assert calls == [2]
