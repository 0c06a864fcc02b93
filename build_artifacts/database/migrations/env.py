"""What Alembic runs: migrations over the connection that `migrate` opened."""

from typing import Any

from alembic import context
from leadgen.database.schema import Base


def _belongs_to_schema(thing: Any, _name: str | None, kind: str, reflected: bool, _twin: Any) -> bool:  # noqa: FBT001
    """Partitions come and go with runs; they are no part of what migrations and models have to agree in."""
    return not (kind == "table" and reflected and thing.name not in {*Base.metadata.tables, "alembic_version"})


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=_belongs_to_schema,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
