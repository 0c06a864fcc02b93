"""Topics of a firm: the same for the same sentences in any order, for any number of them, and the right ones."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from build_artifacts.topics.clustering import ClusteringOptions, TopicModel, bertopic, parts_of
from build_artifacts.topics.clustering.graph import GraphClusterer
from build_artifacts.topics.clustering.keywords import keywords
from build_artifacts.topics.clustering.libraries import BaseDimensionalityReduction

SUBJECTS = {
    "freight": "freight container shipping port vessel cargo",
    "loans": "loan mortgage deposit credit borrower lending",
    "drugs": "trial patient dose approval therapy clinic",
    "chips": "wafer silicon foundry lithography chip transistor",
}


def sentences(n, seed=0, dimension=48, noise=0.5):
    """Sentences of four subjects of different size, with embeddings around a direction each, and the subjects."""
    rng = np.random.default_rng(seed)
    subjects = np.sort(rng.choice(len(SUBJECTS), n, p=[0.4, 0.3, 0.2, 0.1]))
    words = [value.split() for value in SUBJECTS.values()]
    texts = [f"{' '.join(rng.choice(words[s], 4))} in region {chr(97 + i % 26)}{i}" for i, s in enumerate(subjects)]
    directions = rng.normal(size=(len(SUBJECTS), dimension))
    embeddings = directions[subjects] + noise * rng.normal(size=(n, dimension))
    return texts, embeddings.astype(np.float32), subjects


def same(one, other, order):
    """Whether `other`, fitted on the rows `order` of what `one` was fitted on, says the same of each."""
    assert [(t.n_sentences, t.keywords) for t in one.topics] == [(t.n_sentences, t.keywords) for t in other.topics]
    for mine, others in zip(one.topics, other.topics, strict=True):
        assert mine.exemplars == tuple(int(order[row]) for row in others.exemplars)
        np.testing.assert_array_equal(mine.centroid, others.centroid)
    np.testing.assert_array_equal(one.labels[order], other.labels)
    np.testing.assert_array_equal(one.similarities[order], other.similarities)


@pytest.fixture(scope="module")
def model():
    return TopicModel()


@pytest.mark.parametrize("n", [1, 3, 11, 12, 20, 400, 2_000])
def test_every_sentence_has_a_topic_whatever_their_number(model, n):
    texts, embeddings, _ = sentences(n)
    found = model.fit(texts, embeddings)
    assert found.labels.shape == found.similarities.shape == (n,)
    assert found.labels.dtype == np.int32
    assert found.similarities.dtype == np.float32
    sizes = np.bincount(found.labels)
    assert [topic.n_sentences for topic in found.topics] == sizes.tolist() == sorted(sizes, reverse=True)
    assert [topic.local_id for topic in found.topics] == list(range(len(sizes)))
    for topic in found.topics:
        assert np.linalg.norm(topic.centroid) == pytest.approx(1)
        assert {found.labels[row] for row in topic.exemplars} == {topic.local_id}
        nearness = found.similarities[list(topic.exemplars)]
        assert (np.diff(nearness) <= 0).all()
        assert nearness[0] == found.similarities[found.labels == topic.local_id].max()
    if n < 12:
        assert len(found.topics) == 1


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 150))
@settings(max_examples=25, deadline=None)
def test_the_order_of_the_rows_changes_nothing(model, seed, n):
    texts, embeddings, _ = sentences(n, seed % 7, noise=1.5)
    order = np.random.default_rng(seed).permutation(n)
    shuffled = model.fit([texts[row] for row in order], embeddings[order])
    same(model.fit(texts, embeddings), shuffled, order)


def test_the_number_of_threads_and_the_firm_before_change_nothing():
    texts, embeddings, _ = sentences(700, noise=1.5)
    alone = TopicModel().fit(texts, embeddings)
    used = TopicModel()
    used.fit(*sentences(90, seed=5)[:2])
    with threadpool_limits(2):
        same(alone, used.fit(texts, embeddings), np.arange(700))


def test_planted_subjects_are_found(model):
    texts, embeddings, subjects = sentences(500)
    found = model.fit(texts, embeddings)
    assert adjusted_rand_score(subjects, found.labels) > 0.99
    for label, words in enumerate(SUBJECTS.values()):
        assert {word for word, _ in found.topics[label].keywords[:6]} == set(words.split())
    weights = [weight for _, weight in found.topics[0].keywords]
    assert weights == sorted(weights, reverse=True)
    assert len(weights) == 10


def test_small_groups_join_the_nearest_topic():
    texts, embeddings, subjects = sentences(300)
    few = np.flatnonzero(subjects == 3)[:4]
    rows = np.concatenate([np.flatnonzero(subjects == 0), np.flatnonzero(subjects == 1), few])
    found = TopicModel(ClusteringOptions(smallest_topic=5)).fit([texts[row] for row in rows], embeddings[rows])
    assert min(topic.n_sentences for topic in found.topics) >= 5
    assert found.similarities[-4:].max() < found.similarities[:-4].min()


def test_identical_sentences_are_one_topic(model):
    _, embeddings, _ = sentences(1)
    found = model.fit(["We thank our customers."] * 50, np.repeat(embeddings, 50, axis=0))
    assert [topic.n_sentences for topic in found.topics] == [50]
    assert len(found.topics[0].exemplars) == 1
    assert {word for word, _ in found.topics[0].keywords} == {"thank", "customers"}
    np.testing.assert_allclose(found.similarities, 1, atol=1e-6)


def test_a_sentence_said_a_thousand_times_stays_whole_and_hides_no_other_subject(model):
    texts, embeddings, subjects = sentences(300)
    texts, repeated = texts + [texts[0]] * 1_000, np.repeat(embeddings[:1], 1_000, axis=0)
    found = model.fit(texts, np.concatenate([embeddings, repeated]))
    assert len(set(found.labels[300:]) | {found.labels[0]}) == 1
    assert adjusted_rand_score(subjects, found.labels[:300]) > 0.95


def test_zero_vectors_have_a_topic_and_no_similarity(model):
    texts, embeddings, _ = sentences(100)
    embeddings[:5] = 0
    found = model.fit(texts, embeddings)
    assert (found.similarities[:5] == 0).all()
    assert np.isfinite(found.similarities).all()
    nothing = model.fit(texts[:30], np.zeros((30, 8), dtype=np.float32))
    assert len(nothing.topics) == 1
    assert not nothing.topics[0].centroid.any()


def test_texts_without_words_have_topics_without_keywords(model):
    found = model.fit(["...", "42", "the of"], np.eye(3, dtype=np.float32))
    assert found.topics[0].keywords == ()


def test_a_single_word_is_the_keyword(model):
    found = model.fit(["Thanks.", "Thanks!", "..."], np.eye(3, dtype=np.float32))
    assert found.topics[0].keywords == (("thanks", 1.0),)
    assert model.fit(["Thanks."], np.eye(1, dtype=np.float32), name="Thanks").topics[0].keywords == ()


def test_words_that_one_sentence_alone_has_come_after_those_of_several():
    texts = [
        "Freight freight freight freight cost.",
        "Freight? No: fuel cost.",
        "Fuel cost.",
        "Zeal zeal zeal zeal zeal.",
    ]
    parts = parts_of(ClusteringOptions())
    words, *_ = keywords(texts, np.eye(4, dtype=np.float32), np.zeros(4, dtype=np.int64), parts, 10)
    assert [word for word, _ in words] == ["freight", "cost", "fuel", "zeal"]


def test_words_of_the_firms_name_are_no_keywords(model):
    texts, embeddings, _ = sentences(60)
    texts = [f"{text} Acme" for text in texts]
    assert "acme" in {word for topic in model.fit(texts, embeddings).topics for word, _ in topic.keywords}
    named = model.fit(texts, embeddings, name="Acme Holdings, Inc.")
    assert "acme" not in {word for topic in named.topics for word, _ in topic.keywords}
    assert all(len(topic.keywords) == 10 for topic in named.topics)


def test_labels_and_words_are_those_of_bertopic_with_the_same_parts():
    texts, embeddings, _ = sentences(200)
    parts = parts_of(ClusteringOptions())
    stock = bertopic(parts).fit(texts, embeddings)
    assert adjusted_rand_score(stock.topics_, parts.clusterer.fit(embeddings).labels_) == 1
    for topic, words in enumerate(keywords(texts, embeddings, np.asarray(stock.topics_), parts, 10)):
        assert dict(words[:7]) == pytest.approx(dict(stock.get_topic(topic)[:7])), "beyond these are ties"


def test_parts_can_be_exchanged_as_in_bertopic():
    texts, embeddings, subjects = sentences(200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from bertopic.representation import BaseRepresentation

    class Longest(BaseRepresentation):
        def extract_topics(self, topic_model, documents, c_tf_idf, topics):
            return {topic: sorted(words, key=lambda pair: -len(pair[0])) for topic, words in topics.items()}

    parts = replace(
        parts_of(ClusteringOptions()),
        reduction=BaseDimensionalityReduction(),
        clusterer=KMeans(4, n_init=3, random_state=0),
        representation=Longest(),
    )
    found = TopicModel(parts=parts).fit(texts, embeddings)
    assert adjusted_rand_score(subjects, found.labels) > 0.99
    lengths = [len(word) for word, _ in found.topics[0].keywords]
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.soak
def test_stock_umap_and_hdbscan_give_every_sentence_a_topic():
    model = TopicModel(ClusteringOptions(method="umap"))
    texts, embeddings, subjects = sentences(150)
    found = model.fit(texts, embeddings)
    assert adjusted_rand_score(subjects, found.labels) > 0.9
    assert [topic.n_sentences for topic in found.topics] == np.bincount(found.labels).tolist()
    for n in (3, 12, 15):
        assert sum(topic.n_sentences for topic in model.fit(texts[:n], embeddings[:n]).topics) == n
    assert len(model.fit(texts, np.zeros_like(embeddings)).topics) == 1


def test_the_graph_clusterer_gives_rows_of_one_direction_one_label():
    _, embeddings, _ = sentences(60)
    doubled = np.concatenate([embeddings, 2 * embeddings])
    labels = GraphClusterer().fit(doubled).labels_
    np.testing.assert_array_equal(labels[:60], labels[60:])
