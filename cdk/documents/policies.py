"""`POLICIES.md`: what every role may do, to what, and why; read from the templates of all variants."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from cdk.app import build_app
from cdk.documents.template import Permission, Template
from cdk.documents.variants import variants
from cdk.settings import Settings

PAGE = Path(__file__).resolve().parents[1] / "POLICIES.md"
_HEAD = """# Roles, and what they may do

Every statement of every role, from the templates of the settings in `cdk/documents/variants.py`; written by
`python -m cdk.documents.policies`. Roles are named by stack and place in it. `ACCOUNT` and `REGION` are those of the
deployment, `${…}` is another resource. A row with a name in *italics* exists only with settings of that kind.
"""


def page(deployments: Iterable[tuple[str, list[Template]]]) -> str:
    """The page for the templates of each variant, the default one first."""
    roles: dict[tuple[str, str], list[str]] = {}
    seen: set[tuple[str, Permission]] = set()
    for variant, templates in deployments:
        for template in templates:
            for permission in template.permissions():
                if (template.part, permission) not in seen:
                    seen.add((template.part, permission))
                    heading = (f"{template.part}: {permission.role}", permission.service)
                    roles.setdefault(heading, []).append(_row(permission, variant))
    return _HEAD + "".join(_section(*heading, rows) for heading, rows in roles.items())


def _section(role: str, service: str, rows: list[str]) -> str:
    table = ["| actions | resources | reason |", "|---|---|---|", *rows]
    return f"\n## {role}\n\nFor `{service}`.\n\n" + "\n".join(table) + "\n"


def _row(permission: Permission, variant: str) -> str:
    resources = "<br>".join(f"`{resource}`" for resource in permission.resources)
    if permission.condition:
        resources += f"<br>if `{permission.condition}`"
    reason = permission.reason if variant == "default" else f"{permission.reason} *({variant})*"
    return f"| {'<br>'.join(permission.actions)} | {resources} | {reason} |"


def synthesise(settings: Settings, folder: Path) -> list[Template]:
    """The templates of one deployment. Raises RuntimeError for a finding of cdk-nag."""
    stacks = build_app(settings, folder).synth().stacks
    return [
        Template.read(Path(stack.template_full_path), stack.stack_name.removeprefix(f"{settings.prefix}-"))
        for stack in stacks
    ]


def shown(all_variants: Iterable[tuple[str, Settings]]) -> Iterator[tuple[str, Settings]]:
    """The variants that the page shows: `prod` has the default's roles under other names."""
    return ((name, settings) for name, settings in all_variants if settings.environment == "dev")


def _write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        deployments = (
            (name, synthesise(settings, Path(folder) / str(number)))
            for number, (name, settings) in enumerate(shown(variants()))
        )
        PAGE.write_text(page(deployments), "utf-8")


if __name__ == "__main__":
    _write()
