"""Which text model embeds a search."""

from pathlib import Path

import pytest
from leadgen.database.query_model import OtherTextModelError, QueryModel
from leadgen.database.runs import RunReference
from leadgen.errors import ModelError
from leadgen.text import HashingTextModel, hashing_spec


def run(dimension: int, quarter: str = "2021Q3") -> RunReference:
    return RunReference(1, quarter, "hashing", hashing_spec(dimension).sha256, dimension)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Of the model of width 64."""
    hashing_spec(64).write(tmp_path)
    return str(tmp_path)


def test_the_bundles_own_model_is_taken_where_it_fits_and_no_other_is_opened() -> None:
    bundled = HashingTextModel(hashing_spec(32))
    assert QueryModel(bundled, "/nowhere").of([run(32)]) is bundled


def test_else_the_named_model_is_opened_once(folder: str) -> None:
    model = QueryModel(HashingTextModel(hashing_spec(32)), folder)
    first = model.of([run(64)])
    assert first.spec.dimension == 64
    assert model.of([run(64)]) is first


def test_a_run_of_another_model_is_refused_by_the_names_of_all(folder: str) -> None:
    model = QueryModel(HashingTextModel(hashing_spec(32)), folder)
    with pytest.raises(OtherTextModelError) as error:
        model.of([run(128)])
    for dimension in (32, 64, 128):
        assert hashing_spec(dimension).sha256[:12] in str(error.value)
    with pytest.raises(OtherTextModelError, match="no text model is served"):
        QueryModel(None, None).of([run(128)])


def test_runs_of_two_models_cannot_be_searched_together(folder: str) -> None:
    with pytest.raises(OtherTextModelError, match="one at a time"):
        QueryModel(HashingTextModel(hashing_spec(32)), folder).of([run(32), run(64, "2021Q4")])


def test_a_model_of_another_precision_searches_what_its_checkpoint_embedded() -> None:
    half = hashing_spec(32).model_copy(update={"sha256": "0" * 64, "space_sha256": hashing_spec(32).sha256})
    model = HashingTextModel(half)
    assert QueryModel(model, None).of([run(32)]) is model


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=str(tmp_path)):
        QueryModel(None, str(tmp_path)).of([run(32)])
