"""Request models made from a manifest, whatever its columns are called."""

from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from leadgen.bundle import TableManifest
from leadgen.features import ColumnPlan
from leadgen.settings import Settings
from pydantic import ValidationError

from functions.api.schemas.filters import filters_model
from functions.api.schemas.lead import LeadSchema
from functions.api.schemas.query import QuerySchema

ODD = ["über uns", "model_config", "schema", "1st", "a/b.c", "class", "_private", "row", "copy"]


def table(**values: Any) -> TableManifest:
    plan = ColumnPlan(text=tuple(ODD[:3]), categories=tuple(ODD[3:6]), numbers=tuple(ODD[6:]))
    return TableManifest(
        **{"source": "", "snapshot": "", "rows": 1, "rejected": {}, "id_column": "id", "plan": plan}
        | {"default_space": "general", "spaces": {"general": {}}}
        | values
    )


def test_columns_of_any_name_come_back_under_their_own() -> None:
    schema = LeadSchema(table(), Settings())
    lead = {"über uns": "x", "model_config": None, "1st": 5, "a/b.c": True, "_private": 1, "copy": 2.5, "email": "a"}
    assert schema.rows([schema.lead.model_validate(lead)]) == [lead]
    assert set(schema.lead.model_json_schema()["properties"]) == {*ODD, "customer_id", "email"}


def test_columns_that_only_show_duplicates_may_be_given_but_score_nothing() -> None:
    schema = LeadSchema(table(duplicate_columns={"name": "full name", "country": "1st"}), Settings())
    with pytest.raises(RequestValidationError):
        schema.rows([schema.lead.model_validate({"full name": "Ada"})])
    assert schema.rows([schema.lead.model_validate({"full name": "Ada", "1st": "DE"})])


@pytest.mark.parametrize("value", ["x", 5, 5.5, True, None])
def test_a_category_may_be_a_text_a_number_or_a_boolean(value: Any) -> None:
    schema = LeadSchema(table(), Settings())
    assert schema.lead.model_validate({"class": value}).row() == {"class": value}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53 + 1, -1e300, "x" * 1001, [], {}])
def test_a_category_may_be_nothing_else(value: Any) -> None:
    with pytest.raises(ValidationError):
        LeadSchema(table(), Settings()).lead.model_validate({"class": value})


@pytest.mark.parametrize("value", ["5", True, float("nan"), float("-inf"), 10**400, []])
def test_a_number_is_a_finite_number(value: Any) -> None:
    with pytest.raises(ValidationError):
        LeadSchema(table(), Settings()).lead.model_validate({"row": value})


def test_limits_follow_the_settings() -> None:
    schema = LeadSchema(table(), Settings(max_text_length=5, max_leads=2))
    assert schema.lead.model_validate({"schema": "12345"})
    with pytest.raises(ValidationError):
        schema.lead.model_validate({"schema": "123456"})
    with pytest.raises(ValidationError):
        schema.leads.model_validate({"leads": [{"schema": "1"}] * 3})


def test_a_query_has_only_what_the_bundle_can_answer() -> None:
    bare = QuerySchema(table(plan=ColumnPlan(numbers=("size",))), Settings())
    assert not {"description", "filters", "excluded_domains"} & set(bare.model.model_fields)
    full = QuerySchema(table(filters={"website_domain": "category", "size": "number"}), Settings())
    assert {"description", "filters", "excluded_domains"} <= set(full.model.model_fields)


def test_a_query_reaches_the_finder_as_it_was_meant() -> None:
    schema = QuerySchema(table(filters={"website_domain": "category", "a/b.c": "category"}), Settings())
    body = schema.model.model_validate(
        {
            "description": "solar",
            "like": ["1"],
            "filters": {"a/b.c": {"not": None}},
            "excluded_domains": ["https://www.Bücher.example/x", "not a host"],
        }
    )
    query = schema.query(body)
    assert query.row == {"über uns": "solar"}
    assert query.filters == {"a/b.c": {"not": None}}
    assert query.excluded_domains == ["www.xn--bcher-kva.example", "not a host"]
    assert schema.query(schema.model.model_validate({"company": {"1st": 3}})).row == {"1st": 3}


@pytest.mark.parametrize(
    "value", [5, None, [1, 2.5, None], {"gte": 1, "lt": 5}, {"in": [1, None]}, {"not": 3}, {"gt": -1.5, "not": [2]}]
)
def test_a_number_column_takes_numbers_ranges_and_lists(value: Any) -> None:
    assert filters_model({"size": "number"}).model_validate({"size": value}).row() == {"size": value}


@pytest.mark.parametrize(
    "value",
    [
        "5",
        True,
        [],
        ["5"],
        {},
        {"gte": "5"},
        {"gte": None},
        {"in": []},
        {"not": [True]},
        {"near": 5},
        {"gte": float("nan")},
    ],
)
def test_a_number_column_takes_nothing_else(value: Any) -> None:
    with pytest.raises(ValidationError):
        filters_model({"size": "number"}).model_validate({"size": value})
