"""Each variant of the settings is synthesised once a session, in the one node process that jsii starts."""

from dataclasses import dataclass
from functools import cache

import pytest

from cdk.documents.policies import synthesise
from cdk.documents.variants import variants
from cdk.settings import Settings

SETTINGS = dict(variants())


@dataclass(frozen=True)
class Deployment:
    """The settings of a variant and its templates by stack: `data`, `rebuild`, `api`, …"""

    name: str
    settings: Settings
    stacks: dict

    def of(self, kind):
        """Every resource of a type: (stack, logical id, properties)."""
        return [
            (part, name, resource.get("Properties", {}))
            for part, template in self.stacks.items()
            for name, resource in template.resources(kind).items()
        ]

    def one(self, kind):
        """The properties of the only resource of a type."""
        ((_, _, properties),) = self.of(kind)
        return properties

    def kinds(self):
        return {
            resource["Type"] for template in self.stacks.values() for resource in template.body["Resources"].values()
        }

    def role(self, part, path):
        """What a role may do: actions to the resources that they apply to."""
        allowed = {}
        for permission in self.stacks[part].permissions():
            if permission.role == path:
                for action in permission.actions:
                    allowed.setdefault(action, set()).update(permission.resources)
        assert allowed, f"no role {path} in {part}"
        return allowed


@pytest.fixture(scope="session")
def deployment_of(tmp_path_factory):
    """A deployment by its variant's name."""

    @cache
    def deployed(name):
        templates = synthesise(SETTINGS[name], tmp_path_factory.mktemp("cdk"))
        return Deployment(name, SETTINGS[name], {template.part: template for template in templates})

    return deployed


@pytest.fixture(params=SETTINGS, scope="session")
def deployment(request, deployment_of):
    """Each variant in turn."""
    return deployment_of(request.param)
