"""Bodies and parameters whose types exist only once a bundle is open.

Each is a dependency with its annotation put in afterwards, and a coroutine function, because FastAPI sends plain
ones to another thread.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel

Dependency = Callable[..., Coroutine[Any, Any, Any]]


def body_of(model: type[BaseModel]) -> Dependency:
    """The request's body, read as `model`."""

    async def body(content: Any) -> Any:
        return content

    body.__annotations__["content"] = model
    return body


def space_of(names: tuple[str, ...]) -> Dependency:
    """The query parameter `space`, one of `names` or absent."""

    async def choice(space: Any = None) -> Any:
        return space

    known: Any = Literal[names]
    about = "The similarity to use; the bundle's default where absent."
    choice.__annotations__["space"] = Annotated[known | None, Query(description=about)]
    return choice
