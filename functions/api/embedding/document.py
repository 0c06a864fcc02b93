"""The operations that embed in the OpenAPI document; imported when it is asked for."""

from typing import Any

from functions.api.openapi import schemas_of
from functions.api.schemas.embedded import Embeddings, Similarities, Tokens
from functions.api.schemas.embedding import (
    EmbedBatch,
    EmbeddingOptions,
    EmbedRequest,
    SimilarityRequest,
    TokenizeRequest,
)
from functions.api.schemas.openai import EmbeddingRequest
from functions.api.schemas.openai_answers import OpenAIEmbeddings, OpenAIError, OpenAIModel, OpenAIModels


def describe_embedding(made: dict[str, Any], names: list[str]) -> None:
    """Requests and answers of the operations that embed, with the names of the models."""
    requests = (EmbedRequest, EmbedBatch, SimilarityRequest, TokenizeRequest, EmbeddingRequest)
    answers = (Embeddings, Similarities, Tokens, OpenAIEmbeddings, OpenAIError, OpenAIModel, OpenAIModels)
    schemas = schemas_of(requests, "validation") | schemas_of(answers, "serialization")
    schemas["EmbeddingRequest"]["properties"]["model"]["enum"] = names
    for example in schemas["EmbeddingRequest"]["examples"]:
        example["model"] = names[0]
    made["components"]["schemas"].update(schemas)
    options = EmbeddingOptions.model_json_schema()["properties"]
    made["paths"]["/embed/batch"]["post"]["parameters"] = [
        {"name": name, "in": "query", "required": False, "schema": schema} for name, schema in options.items()
    ]
    (name,) = made["paths"]["/v1/models/{model}"]["get"]["parameters"]
    name["schema"]["enum"] = names
