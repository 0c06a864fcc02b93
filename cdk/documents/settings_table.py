"""`SETTINGS.md`: every setting, its default and its meaning."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cdk.settings import Settings

PAGE = Path(__file__).resolve().parents[1] / "SETTINGS.md"
_HEAD = """# Settings of a deployment

They stand in `cdk.json` below `context.environments`, one object for each environment; any other name is refused.
`make deploy ENVIRONMENT=prod` chooses one, `dev` by default. Written by `python -m cdk.documents.settings_table`.

"""


def page() -> str:
    """The page as it should be."""
    lines = [
        f"| `{name}` | {_default(field)} | {field.description} |"
        for name, field in _fields(Settings)
        if name != "environment"
    ]
    return _HEAD + "\n".join(["| setting | default | meaning |", "|---|---|---|", *lines]) + "\n"


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        section = next((kind for kind in (field.annotation, *get_args(field.annotation)) if _is_section(kind)), None)
        if section is None or field.description:
            yield f"{prefix}{name}", field
        if section:
            yield from _fields(section, f"{prefix}{name}.")


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "required"
    return "–" if field.default in (None, (), {}) else f"`{json.dumps(field.default)}`".replace('"', "")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
