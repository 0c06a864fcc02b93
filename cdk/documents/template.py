"""A synthesised template, read by people and tests."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdk.access import REASONS

_SHORT = {"arn:${AWS::Partition}:": "arn:aws:", "${AWS::Region}": "REGION", "${AWS::AccountId}": "ACCOUNT"}
_HASH = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True, slots=True)
class Permission:
    """One statement of one role."""

    role: str
    service: str
    sid: str
    reason: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: str


@dataclass(frozen=True, slots=True)
class Template:
    """The template of the stack `{prefix}-{part}`."""

    part: str
    body: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path, part: str) -> "Template":
        """A template from a cloud assembly."""
        return cls(part, json.loads(path.read_text("utf-8")))

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resources of a type such as `AWS::S3::Bucket`, by logical id."""
        found = self.body.get("Resources", {})
        return {name: resource for name, resource in found.items() if resource["Type"] == kind}

    def permissions(self) -> Iterator[Permission]:
        """Every statement of every role."""
        for kind in ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            for name, resource in self.resources(kind).items():
                yield from self._of(name, resource)

    def _of(self, name: str, resource: Mapping[str, Any]) -> Iterator[Permission]:
        properties, reasons = resource["Properties"], resource.get("Metadata", {}).get(REASONS, {})
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
        documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
        for statement in (entry for document in documents for entry in document["Statement"]):
            yield Permission(
                role=self.path(name),
                service=self.readable(_principals(properties)),
                sid=statement.get("Sid", ""),
                reason=reasons.get(statement.get("Sid"), ""),
                actions=tuple(_listed(statement["Action"])),
                resources=tuple(self.readable(entry) for entry in _listed(statement["Resource"])),
                condition=self.readable(statement.get("Condition", "")),
            )

    def path(self, name: str) -> str:
        """Where a resource stands in the stack: `Build/Role`, not `BuildRoleB7C66CB2`."""
        path: str = self.body["Resources"].get(name, {}).get("Metadata", {}).get("aws:cdk:path", f"/{name}")
        return path.split("/", 1)[1].removesuffix("/Resource")

    def readable(self, value: Any) -> str:
        """A value in one line, references as `${Notices/Topic}`."""
        text = self._text(value)
        for long, short in _SHORT.items():
            text = text.replace(long, short)
        return _HASH.sub("HASH", text)

    def _text(self, value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(self._text(entry) for entry in value)
        if not isinstance(value, Mapping):
            return str(value)
        if "Fn::Join" in value:
            separator, parts = value["Fn::Join"]
            return str(separator).join(self._text(part) for part in parts)
        if "Ref" in value:
            return f"${{{self.path(value['Ref'])}}}"
        if "Fn::GetAtt" in value:
            return f"${{{self.path(value['Fn::GetAtt'][0])}}}"
        if "Fn::ImportValue" in value:
            return f"${{{_exported(self._text(value['Fn::ImportValue']))}}}"
        if "Fn::Sub" in value:
            return str(value["Fn::Sub"])
        return "; ".join(f"{key} {self._text(entry)}" for key, entry in value.items())


def _exported(name: str) -> str:
    """`data/Key` of the export `leadgen-dev-data:ExportsOutputFnGetAttKey961B73FDArn5A860C43`."""
    stack, _, output = name.partition(":")
    logical = re.sub(r"^ExportsOutput(Ref|FnGetAtt)|[0-9A-F]{8}.*$", "", output)
    return f"{stack.rsplit('-', 1)[-1]}/{logical}"


def _principals(properties: Mapping[str, Any]) -> Any:
    statements = properties.get("AssumeRolePolicyDocument", {}).get("Statement", [])
    return [principal for statement in statements for principal in statement["Principal"].values()]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
