"""Duplicates between rebuilds: a set in DynamoDB that each mailbox enters once, race-safe, with expiry.

Table: string partition key `pk` (hexadecimal digest), string `lead_id`, number `expires_at` (Unix seconds,
the table's TTL attribute). DynamoDB deletes expired items up to days late, so the condition compares the
time itself: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadgen.duplicates.digests import Digester
from leadgen.duplicates.email import parse_email
from leadgen.errors import ConfigurationError, LeadgenError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_CONNECT_SECONDS = 0.5
_READ_SECONDS = 1.0
_ATTEMPTS = 2
_CONDITION = "attribute_not_exists(pk) OR expires_at < :now OR lead_id = :lead"


class OnlineDuplicatesUnavailableError(LeadgenError):
    """DynamoDB did not answer; the caller should score the lead and say that this check was not made."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether this lead holds the mailbox, or else which `holder` does until `expires_at` (Unix seconds)."""

    won: bool
    holder: str
    expires_at: int


class OnlineDuplicates:
    """Claims of mailboxes by leads in one table; safe for use by several threads."""

    def __init__(
        self, table_name: str, key: str | bytes, ttl_seconds: int, client: "DynamoDBClient | None" = None
    ) -> None:
        """Raises ConfigurationError for no table name, a key that is too short or a lifetime below 1 s."""
        if not table_name or ttl_seconds < 1:
            raise ConfigurationError("LEADGEN_DEDUP_TABLE needs a table's name and a lifetime of at least one second")
        self._table = table_name
        self._digester = Digester(key)
        self._ttl_seconds = ttl_seconds
        self._client = _connect() if client is None else client

    def digest(self, email: str | None) -> bytes | None:
        """Digest of a person's canonical address; None for an unusable or a role address."""
        parsed = parse_email(email)
        if parsed is None or parsed.is_role:
            return None
        return self._digester.digest("email_canonical", parsed.canonical)

    def claim(self, digest: bytes, lead_id: str) -> Claim:
        """Enter a digest for a lead unless another lead holds it; the holder itself may repeat it.

        Exactly one of several concurrent leads wins. Raises OnlineDuplicatesUnavailableError after at most
        two attempts of 1.5 s each.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        now = int(time.time())
        expires_at = now + self._ttl_seconds
        try:
            self._put(digest, lead_id, now, expires_at)
        except ClientError as error:
            response: Any = error.response
            if response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise self._unavailable(error) from error
            return _held(response.get("Item", {}))
        except BotoCoreError as error:
            raise self._unavailable(error) from error
        return Claim(won=True, holder=lead_id, expires_at=expires_at)

    def claim_email(self, email: str | None, lead_id: str) -> Claim | None:
        """`claim` for an address; None when it may not block (`digest`)."""
        digest = self.digest(email)
        return None if digest is None else self.claim(digest, lead_id)

    def _put(self, digest: bytes, lead_id: str, now: int, expires_at: int) -> None:
        self._client.put_item(
            TableName=self._table,
            Item={"pk": {"S": digest.hex()}, "lead_id": {"S": lead_id}, "expires_at": {"N": str(expires_at)}},
            ConditionExpression=_CONDITION,
            ExpressionAttributeValues={":now": {"N": str(now)}, ":lead": {"S": lead_id}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    def _unavailable(self, error: Exception) -> OnlineDuplicatesUnavailableError:
        return OnlineDuplicatesUnavailableError(
            f"DynamoDB table {self._table} (LEADGEN_DEDUP_TABLE) did not answer: {error}"
        )


def _held(item: dict[str, Any]) -> Claim:
    holder = item.get("lead_id", {}).get("S", "")
    return Claim(won=False, holder=holder, expires_at=int(item.get("expires_at", {}).get("N", 0)))


def _connect() -> "DynamoDBClient":
    # boto3 takes 300 ms to import; a server without LEADGEN_DEDUP_TABLE never does.
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
        max_pool_connections=32,
    )
    try:
        return boto3.client("dynamodb", config=config)
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationError(f"LEADGEN_DEDUP_TABLE is set, but DynamoDB cannot be used: {error}") from error
