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


@pytest.fixture
def spaces(tmp_path: Path) -> str:
    """A folder that holds the models of widths 16, 32 and 64, as quarterly runs leave them."""
    for dimension in (16, 32, 64):
        spec = hashing_spec(dimension)
        (tmp_path / spec.space).mkdir()
        spec.write(tmp_path / spec.space)
    return str(tmp_path)


def test_below_a_folder_each_run_finds_the_model_that_embedded_it(spaces: str) -> None:
    model = QueryModel(None, spaces)
    first = model.of([run(64)])
    for dimension in (32, 64):
        assert model.of([run(dimension)]).spec.dimension == dimension
    assert model.of([run(64)]) is first


def test_no_more_than_two_models_are_open_and_the_one_used_last_stays(spaces: str) -> None:
    model = QueryModel(None, spaces)
    opened = {dimension: model.of([run(dimension)]) for dimension in (16, 32)}
    assert model.of([run(16)]) is opened[16]
    model.of([run(64)])
    assert model.of([run(16)]) is opened[16]
    assert model.of([run(32)]) is not opened[32]


def test_a_model_that_comes_later_is_found_without_a_restart(tmp_path: Path) -> None:
    model = QueryModel(None, str(tmp_path))
    with pytest.raises(ModelError):
        model.of([run(32)])
    (tmp_path / hashing_spec(32).space).mkdir()
    hashing_spec(32).write(tmp_path / hashing_spec(32).space)
    assert model.of([run(32)]).spec.dimension == 32
