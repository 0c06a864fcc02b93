"""What serving can be told, read once from the environment."""

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from leadgen.errors import ConfigurationError

PREFIX = "LEADGEN_"
DIGEST_KEY_FILE = "digest.key"
"""Where a build without LEADGEN_DIGEST_KEY leaves the secret that it made, beside its bundles."""
_SHORTEST_API_KEY = 20


class Settings(BaseSettings):
    """Every setting of the HTTP application; each is an environment variable, `LEADGEN_` and its name."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, populate_by_name=True
    )

    bundle_path: str = Field(
        default="artifacts",
        min_length=1,
        description="Bundle to serve: its folder, a folder of bundles with `CURRENT` (an EFS path works), "
        "or `s3://bucket/prefix`, which is copied to `/tmp`.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="Database of topics and themes, which adds their operations: `postgresql://…`, "
        "`rds-iam://user@host:5432/name?region=…`, or `embedded:FOLDER`. Where it is set, `LEADGEN_BUNDLE_PATH` is "
        "not, and `artifacts` holds no bundle, nothing else is served.",
    )
    database_timeout_seconds: float = Field(
        default=10.0, ge=0.001, le=900, description="Longest time that a statement in that database may take."
    )
    themes_text_model: str | None = Field(
        default=None,
        min_length=1,
        description="Folder or `s3://bucket/prefix` of the compiled text model that embedded the runs there, or of "
        "several in folders named by their digests; needed to search where it is not the bundle's own.",
    )
    embedding_models: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Compiled text models to embed with, besides the bundle's own, separated by commas: a folder or "
        "`s3://bucket/prefix`, of one or of several in folders below it; `name=` before it says what requests call "
        "it. Where it is set, `LEADGEN_BUNDLE_PATH` is not, and `artifacts` holds no bundle, only embedding is served.",
    )
    digest_key: SecretStr | None = Field(
        default=None,
        description="Secret that the bundle's e-mail digests were made with, at least 16 characters. "
        f"Without it `{DIGEST_KEY_FILE}` beside the bundles is read.",
    )
    digest_key_secret: str | None = Field(
        default=None,
        pattern=r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+$",
        description="ARN of the secret in AWS Secrets Manager that holds this key; for Lambda, read when it starts.",
    )
    verify_checksums: bool = Field(
        default=True,
        description="Hash every file of the bundle at start. The image sets it to false: its build did so.",
    )
    threads: int | None = Field(
        default=None, ge=1, le=256, description="Cores that one forward pass of the text model may use; all by default."
    )
    concurrency: int = Field(
        default=8, ge=1, le=256, description="Requests that are computed at the same time; others wait their turn."
    )
    batching: Literal["auto", "off"] = Field(
        default="auto",
        description="`auto`: a server embeds texts of different requests together, a Lambda function, which has one "
        "request at a time, does not.",
    )
    queue_tokens: int = Field(
        default=65_536,
        ge=512,
        le=100_000_000,
        description="Most tokens that wait to be embedded on a server; a request beyond is answered with 429.",
    )
    request_timeout_seconds: float = Field(
        default=60.0,
        gt=0,
        le=900,
        description="Longest time that a request's texts may take to be embedded on a server.",
    )
    embedding_cache_mb: int = Field(
        default=64, ge=0, le=65_536, description="Memory for embeddings of texts that come again; 0 keeps none."
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis that several servers share such embeddings in, `redis://…` or `rediss://…`; a slow or "
        "absent one is not waited for.",
    )
    rate_limit: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="Requests a minute from one API key, or from one address where there are no keys, counted by each "
        "process for itself; unlimited by default.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the server listens on; `0.0.0.0` in a container.")
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        validation_alias=AliasChoices(f"{PREFIX}PORT", "PORT"),
        description="Port that the server listens on; `PORT` is read, too. 0 takes any free one.",
    )
    root_path: str = Field(
        default="",
        pattern=r"^(/[^/?#]+)*$",
        description="Path under which a proxy or custom domain publishes the API, such as `/leads`.",
    )
    shutdown_seconds: int = Field(
        default=10, ge=0, le=900, description="How long requests in progress may go on once the server is told to stop."
    )
    dedup_table: str | None = Field(
        default=None, description="DynamoDB table that blocks duplicate e-mails between rebuilds; off by default."
    )
    dedup_ttl_seconds: int = Field(
        default=7_776_000, ge=1, description="How long such an e-mail stays claimed; 90 days by default."
    )
    max_body_bytes: int = Field(
        default=2_097_152, ge=1_024, le=6_291_456, description="Largest request body; Lambda itself takes 6 MiB."
    )
    max_leads: int = Field(default=500, ge=1, le=10_000, description="Most leads in one `POST /score_leads`.")
    max_text_length: int = Field(
        default=20_000, ge=1, le=1_000_000, description="Most characters of a text column or a description."
    )
    max_texts: int = Field(default=2_048, ge=1, le=100_000, description="Most texts in one request to embed them.")
    require_authorizer: Literal["iam", "jwt", "api_key"] | None = Field(
        default=None,
        description="Authorizer of API Gateway without whose mark an event is refused: `iam`, `jwt` or `api_key`; "
        "only in Lambda.",
    )
    api_keys: SecretStr | None = Field(
        default=None,
        description="Keys, separated by commas, at least 20 characters each, one of which every request but "
        "`GET /health` must show as `Authorization: Bearer` or `x-api-key`; for servers without a gateway.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins, separated by commas, whose pages may call the API; none by default."
    )
    docs: bool = Field(default=True, description="Serve `/docs` (its page loads Swagger UI from a public CDN).")
    log_level: str = Field(
        default="INFO",
        pattern=r"^(DEBUG|INFO|WARNING|ERROR|CRITICAL)$",
        description="Least severe level that is logged; one line of JSON a request at `INFO`.",
    )
    metrics: Literal["off", "emf", "prometheus"] = Field(
        default="off",
        description="`emf` writes a line in CloudWatch's embedded metric format for every request; `prometheus` "
        "answers `GET /metrics`, on a server.",
    )
    service: str = Field(
        default="leadgen", min_length=1, max_length=200, description="Dimension `Service` of these metrics."
    )

    @field_validator("cors_origins", "embedding_models", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return _split(value)

    @field_validator("api_keys")
    @classmethod
    def _usable(cls, value: SecretStr | None) -> SecretStr | None:
        keys = None if value is None else _split(value.get_secret_value())
        if keys is not None and min(map(len, keys), default=0) < _SHORTEST_API_KEY:
            raise ValueError(f"each key needs at least {_SHORTEST_API_KEY} characters")
        return value

    @model_validator(mode="after")
    def _one_authorization(self) -> Self:
        if self.require_authorizer and self.api_keys:
            raise ValueError(f"{PREFIX}REQUIRE_AUTHORIZER is for Lambda, {PREFIX}API_KEYS for other homes: set one")
        return self

    @property
    def batches(self) -> bool:
        """Whether texts of different requests are embedded together: not in Lambda, which has one request at a time."""
        return self.batching == "auto" and "AWS_LAMBDA_FUNCTION_NAME" not in os.environ

    def accepted_api_keys(self) -> tuple[str, ...]:
        """Keys that a request may show; none where requests need none."""
        return () if self.api_keys is None else _split(self.api_keys.get_secret_value())

    def digest_secret(self) -> str | None:
        """The digest key: the setting, or what the build left beside its bundles; None where there is neither."""
        if self.digest_key is not None:
            return self.digest_key.get_secret_value()
        if self.bundle_path.startswith("s3://"):
            return None
        folder = Path(self.bundle_path)
        for path in (folder / DIGEST_KEY_FILE, folder.parent / DIGEST_KEY_FILE):
            if path.is_file():
                return path.read_text("utf-8").strip()
        return None


@cache
def read_settings() -> Settings:
    """The settings of this process. Raises ConfigurationError naming every one that is malformed."""
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(f"{_variable(e['loc'])}: {e['msg']}" for e in error.errors(include_input=False))
        raise ConfigurationError(f"Settings cannot be used. {problems}.") from error


def _split(listed: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in listed.split(",") if part.strip())


def settings_table() -> str:
    """All settings as a table in Markdown, for README."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_default(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]) + "\n"


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "environment"
    return name.upper() if name.lower() not in Settings.model_fields else f"{PREFIX}{name.upper()}"


def _default(value: object) -> str:
    if value in (None, "", ()):
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
