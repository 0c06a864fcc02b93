"""Settings that between them create every resource there is; tests and `POLICIES.md` synthesise each."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from cdk.app import read_context
from cdk.settings import Settings, read_settings

_DOMAIN = {
    "name": "leads.example.com",
    "certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/3f1c7e1a",
    "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
}
_CERTIFICATE = _DOMAIN["certificate_arn"]
_CONNECTION = "arn:aws:codeconnections:eu-west-1:123456789012:connection/3f1c7e1a"
_MODEL_KEY = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:openai-3f1c7e"
_JWT = {"issuer": "https://login.example.com/", "audience": ["leads"]}
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "default": {},
    "rest api with keys and firewall": {"api": {"kind": "rest", "authorization": "api_key", "waf": True}},
    "private rest api": {"api": {"kind": "rest", "private_vpc_endpoint_ids": ["vpce-0123456789abcdef0"]}},
    "tokens and browsers": {
        "api": {"authorization": "jwt", "jwt": _JWT, "cors_origins": ["https://crm.example.com"], "domain": _DOMAIN}
    },
    "rest api with domain": {"api": {"kind": "rest", "domain": _DOMAIN, "cors_origins": ["https://crm.example.com"]}},
    "topics": {"capabilities": {"topics": True}, "data": {"database": {"stopped_between_runs": True}}},
    "topics alone": {
        "capabilities": {"scoring": False, "topics": True},
        "data": {"database": {"stopped_between_runs": False}},
        "topics": {"llm_key_secret": "xai", "purchase": "on_demand", "instance_types": ["g5.xlarge"], "schedule": None},
    },
    "topics by REST API with keys": {
        "capabilities": {"topics": True},
        "api": {"kind": "rest", "authorization": "api_key"},
        "topics": {
            "text_model": "s3://own-models/inputs/e5",
            "flags": {"clusterer": "umap", "participants-path": "s3://own-data/inputs/participants/"},
            "reserved_concurrency": 20,
        },
    },
    "own key": {"encryption": "kms", "capabilities": {"topics": True}},
    "bundle from S3": {"api": {"bundle_source": "s3", "ephemeral_storage_mb": 2048}},
    "bundle from EFS": {"api": {"bundle_source": "efs"}},
    "bundle from EFS with own key": {"api": {"bundle_source": "efs"}, "encryption": "kms"},
    "warm": {"api": {"provisioned_concurrency": 2, "reserved_concurrency": 5, "canary": {"deployment": "linear"}}},
    "all at once, by hand": {
        "api": {"canary": {"deployment": "all_at_once"}},
        "rebuild": {"schedule": None},
        "monitoring": {"enabled": False},
    },
    "own tables": {
        "rebuild": {
            "architecture": "x86_64",
            "notices_email": "sales@example.com",
            "flags": {"input-path": "s3://crm-export/customers/", "high-value": "annual_spend >= 10000"},
            "gate": {"rows_drop": 0.1},
        }
    },
    "descriptions": {
        "capabilities": {"descriptions": True},
        "descriptions": {"llm_key_secret": _MODEL_KEY, "llm_batch": True, "llm_max_usd": 2},
    },
    "descriptions of own tables with own key": {
        "capabilities": {"descriptions": True},
        "encryption": "kms",
        "rebuild": {
            "flags": {
                "companies-input-path": "s3://crm-export/firms/",
                "companies-website-col": "homepage",
                "companies-text-cols": "slogan,about",
            }
        },
        "descriptions": {"schedule": "monthly", "flags": {"description-col": "about", "llm-concurrency": "4"}},
    },
    "descriptions by hand": {"capabilities": {"descriptions": True}, "descriptions": {"schedule": None}},
    "fargate": {
        "homes": {
            "fargate": {"enabled": True, "certificate_arn": _CERTIFICATE, "allowed_cidrs": ["203.0.113.0/24"]},
        }
    },
    "fargate inside, with own key": {
        "encryption": "kms",
        "api": {"bundle_source": "s3"},
        "homes": {"fargate": {"enabled": True, "certificate_arn": _CERTIFICATE, "internal": True, "waf": True}},
    },
    "app runner": {"homes": {"app_runner": {"enabled": True}}, "rebuild": {"architecture": "x86_64"}},
    "delivery by github": {"delivery": {"kind": "github", "repository": "acme@1234/leads@5678"}},
    "delivery by codepipeline": {
        "encryption": "kms",
        "delivery": {"kind": "codepipeline", "repository": "acme/leads", "connection_arn": _CONNECTION},
        "monitoring": {"alarm_email": "sales@example.com"},
    },
}
"""What each changes of `cdk.json`'s `dev`."""


def variants() -> Iterator[tuple[str, Settings]]:
    """Name and settings of each, and `prod` as it stands in `cdk.json`."""
    context = read_context()
    for name, changes in VARIANTS.items():
        changed = deepcopy(context)
        changed["environments"]["dev"] = _merged(changed["environments"]["dev"], changes)
        yield name, read_settings(changed, "dev")
    yield "prod", read_settings(context, "prod")


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in changes.items():
        nested = isinstance(value, Mapping) and isinstance(merged.get(name), Mapping)
        merged[name] = _merged(merged[name], value) if nested else value
    return merged
