"""Weighted blocks, what a row without one of them is compared by, and explanations that sum exactly."""

import numpy as np
import pytest
from leadgen.errors import BundleError
from leadgen.features import VectorSpace

from build_artifacts.indices.fit_space import ROWS_PER_COMPONENT, SHRINK_ROWS, block_weights, fit_space


@pytest.fixture(params=["plain", "learned", "common length"])
def any_space(request, space):
    if request.param == "plain":
        return space
    blocks = sum(space.spec.widths.values())
    projection = np.random.default_rng(5).standard_normal((blocks, 7)).astype(np.float32)
    length = 1.3 if request.param == "common length" else None
    return space.with_metric(space.spec.weights, projection, "label", length)


def alone(space, block):
    """The space of one block's cosine."""
    return space.with_metric({name: float(name == block) for name in space.spec.widths}, None)


def test_an_explanation_sums_to_the_similarity(any_space, rows, text_model):
    encoded = any_space.encode(rows, text_model)
    rng = np.random.default_rng(1)
    seen = set()
    for row in range(len(rows)):
        targets = rng.standard_normal((2, any_space.dimension)).astype(np.float32)
        targets /= np.linalg.norm(targets, axis=1, keepdims=True)
        for target, parts in zip(targets, any_space.explain(encoded, row, targets, words=1000), strict=True):
            assert sum(parts["blocks"].values()) == pytest.approx(float(encoded.vectors[row] @ target), abs=1e-4)
            assert sum(parts["columns"].values()) == pytest.approx(parts["blocks"]["tabular"], abs=1e-4)
            assert sum(parts.get("words", {}).values()) == pytest.approx(parts["blocks"]["lexical"], abs=1e-4)
            seen |= set(parts.get("words", {}))
    assert {"turbine", "engineer"} <= seen


def test_the_strongest_words_are_given(space, rows, text_model):
    encoded = space.encode(rows[:1], text_model)
    target = space.encode(rows[1:2], text_model).vectors
    every = space.explain(encoded, 0, target, words=1000)[0]["words"]
    few = space.explain(encoded, 0, target, words=2)[0]["words"]
    assert set(few) == set(sorted(every, key=lambda word: -abs(every[word]))[:2])


def test_similarity_is_the_weighted_sum_of_the_blocks_cosines(space, rows, text_model):
    full = [row for row in rows if all(value is not None for value in row.values())][:20]
    assert len(full) == 20
    vectors = space.encode(full, text_model).vectors
    expected = np.zeros((20, 20))
    for block, weight in space.spec.weights.items():
        own = alone(space, block).encode(full, text_model).vectors
        expected += weight * (own @ own.T)
    np.testing.assert_allclose(vectors @ vectors.T, expected, atol=1e-5)


def test_a_row_without_text_is_compared_by_its_columns_alone(space, rows, text_model):
    bare = {"industry": "energy", "country": "PT", "size": 10.0, "score": 0.5}
    encoded = space.encode([bare, *rows], text_model)
    np.testing.assert_allclose(encoded.vectors[0], alone(space, "tabular").encode([bare], text_model).vectors[0])
    assert np.linalg.norm(encoded.vectors[0]) == pytest.approx(1, abs=1e-5)


def test_a_row_without_columns_is_compared_by_its_text_alone(space, text_model):
    encoded = space.encode([{"bio": "wind turbine"}], text_model)
    parts = space.explain(encoded, 0, encoded.vectors[:1])[0]
    assert parts["blocks"]["tabular"] == 0
    assert sum(parts["blocks"].values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("row", [{}, {"industry": "never seen", "bio": "Select", "size": float("nan")}])
def test_a_row_of_which_nothing_is_known_is_a_vector_of_zeros(any_space, text_model, row):
    encoded = any_space.encode([row], text_model)
    assert not encoded.vectors.any()
    assert encoded.coverage.tolist() == [0]
    assert sum(any_space.explain(encoded, 0, np.ones((1, any_space.dimension), np.float32))[0]["blocks"].values()) == 0


def test_unseen_and_missing_values_lower_coverage(space, text_model):
    full = {"bio": "wind", "industry": "energy", "country": "PT", "size": 5, "score": 0.5}
    rows = [full, full | {"industry": "mining"}, full | {"industry": None}, full | {"bio": None, "title": ""}]
    encoded = space.encode(rows, text_model)
    np.testing.assert_allclose(encoded.coverage, [1, 0.8, 0.8, 0.8], rtol=1e-6)
    assert not np.allclose(encoded.vectors[1], encoded.vectors[2])


def test_strange_text_is_encoded_to_finite_unit_vectors(any_space, text_model):
    texts = ["\x00\x01", "\ud800", "🦄" * 50, "مرحبا بالعالم", "x" * 200_000, "a\u202eb", "<script>"]
    encoded = any_space.encode([{"bio": text, "industry": "energy"} for text in texts], text_model)
    np.testing.assert_allclose(np.linalg.norm(encoded.vectors, axis=1), 1, atol=1e-5)


def test_texts_cut_at_the_models_limit_are_reported(space, text_model):
    assert space.encode([{"bio": "word " * 5000}, {"bio": "word"}], text_model).truncated.tolist() == [True, False]


def test_it_is_saved_without_pickle_and_encodes_the_same(any_space, rows, text_model, tmp_path):
    any_space.save(tmp_path / "space")
    assert {path.suffix for path in (tmp_path / "space").rglob("*") if path.is_file()} == {".json", ".npy"}
    opened = VectorSpace.load(tmp_path / "space")
    assert opened.spec == any_space.spec
    np.testing.assert_array_equal(opened.encode(rows, text_model).vectors, any_space.encode(rows, text_model).vectors)


@pytest.mark.parametrize(
    "name", ["space.json", "center.npy", "lexical/idf.npy", "lexical/vocabulary.json", "tabular.json"]
)
@pytest.mark.parametrize("damage", ["missing", "empty", "cut"])
def test_a_damaged_space_is_refused(space, tmp_path, name, damage):
    folder = tmp_path / "space"
    space.save(folder)
    path = folder / name
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: 0 if damage == "empty" else -7])
    with pytest.raises(BundleError, match="does not hold a vector space"):
        VectorSpace.load(folder)


def test_text_shares_are_split_alike_and_empty_blocks_drop_out():
    assert block_weights(("neural", "lexical", "tabular"), 0.6) == pytest.approx(
        {"neural": 0.3, "lexical": 0.3, "tabular": 0.4}
    )
    assert block_weights(("neural",), 0.6) == {"neural": 1.0}
    assert block_weights(("tabular",), 0.6) == {"tabular": 1.0}


def test_few_embeddings_are_centred_with_caution_and_many_have_their_spectrum_softened(text_model, plan, rows):
    passages = [plan.passage(row) for row in rows]
    embeddings = np.asarray(text_model.encode(passages))
    few = fit_space(rows[:40], passages[:40], embeddings[:40], plan, 8, 0)
    filled = np.array([bool(passage) for passage in passages[:40]])
    expected = embeddings[:40][filled].sum(axis=0) / (filled.sum() + SHRINK_ROWS)
    np.testing.assert_allclose(few._arrays()["center"], expected, atol=1e-6)
    assert few._arrays()["components"] is None
    times = ROWS_PER_COMPONENT * embeddings.shape[1] // len(rows) + 2
    many = fit_space(rows * times, passages * times, np.tile(embeddings, (times, 1)), plan, 8, 0)
    neural = alone(many, "neural").encode_embedded(rows, passages, embeddings)
    hard = alone(few, "neural").encode_embedded(rows, passages, embeddings)
    assert many._arrays()["components"] is not None
    assert spread(neural.vectors) > spread(hard.vectors)


def spread(vectors):
    """Effective number of directions: 1 / Σ share²."""
    share = np.linalg.eigvalsh(vectors.T @ vectors)
    share = share / share.sum()
    return 1 / (share**2).sum()


def test_a_table_of_numbers_alone_has_a_space_without_model(plan, rows):
    numbers = plan.model_copy(update={"text": (), "categories": ()})
    space = fit_space(rows, [""] * len(rows), None, numbers, 8, 0)
    assert list(space.spec.widths) == ["tabular"]
    assert space.frequent_words(3) == []
    encoded = space.encode(rows[:3], None)
    assert set(space.explain(encoded, 0, encoded.vectors[1:2])[0]) == {"blocks", "columns"}
