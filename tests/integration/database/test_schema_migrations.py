"""Migrations lead to the tables that the models describe, from an installed copy too."""

import shutil
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from leadgen.database.connection import connect
from leadgen.database.schema import Base
from leadgen.errors import ConfigurationError
from setuptools import find_packages
from sqlalchemy import Connection, Engine, text

from build_artifacts.database import migrate as migrating
from build_artifacts.database.migrate import alembic_configuration, migrate
from build_artifacts.database.partitions import create_partitions, index_sentences
from build_artifacts.database.roles import grant_roles

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = {
    "columns": """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
        pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d
        ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE a.attnum > 0 AND c.relkind IN ('r', 'p', 'S')""",
    "constraints": """SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid WHERE true""",
    "indexes": "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_class c WHERE c.relkind IN ('i', 'I')",
    "partitioned": "SELECT c.relname, pg_get_partkeydef(c.oid) FROM pg_class c WHERE c.relkind = 'p'",
}


@pytest.fixture
def empty(empty_database: str) -> Iterator[Engine]:
    engine = connect(empty_database)
    yield engine
    engine.dispose()


def catalogue(connection: Connection) -> dict[str, set[tuple[object, ...]]]:
    mine = "AND c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '%alembic%'"
    return {name: {tuple(row) for row in connection.execute(text(f"{q} {mine}"))} for name, q in CATALOGUE.items()}


def test_migrations_and_models_make_the_same_tables(database: str, empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE EXTENSION vector"))
        Base.metadata.create_all(connection)
        described = catalogue(connection)
    migrated = connect(database)
    with migrated.connect() as connection:
        assert catalogue(connection) == described
    migrated.dispose()
    assert len(described["constraints"]) > 20


def test_autogenerate_finds_nothing_to_migrate_even_beside_partitions(database: str) -> None:
    engine = connect(database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE sentences_r1 PARTITION OF sentences FOR VALUES IN (1)"))
        command.check(alembic_configuration(connection))
    engine.dispose()


def test_migrating_twice_changes_nothing(empty: Engine) -> None:
    migrate(empty)
    with empty.connect() as connection:
        before = catalogue(connection)
    migrate(empty)
    with empty.connect() as connection:
        assert catalogue(connection) == before


def test_two_processes_may_migrate_at_once(empty: Engine) -> None:
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(migrate, [empty] * 3)) == [None] * 3


def test_a_user_who_cannot_create_the_extension_is_told_what_to_have_done(empty_database: str, empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE ROLE nobody_special LOGIN"))
    engine = connect(empty_database.replace("postgres:@", "nobody_special:@"))
    with pytest.raises(ConfigurationError, match="CREATE EXTENSION vector"):
        migrate(engine)
    engine.dispose()
    with empty.begin() as connection:
        connection.execute(text("DROP ROLE nobody_special"))


SECOND = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9999", "0002", None, None
def upgrade():
    op.add_column("firms", sa.Column("added", sa.Text()))
"""


def test_a_user_who_may_not_migrate_is_told_to_have_it_prepared(
    empty_database: str, empty: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty)
    grant_roles(empty)
    writer = connect(empty_database.replace("postgres:@", "leadgen_writer:@"))
    migrate(writer)
    shutil.copytree(Path(migrating.__file__).parent / "migrations", tmp_path / "migrations")
    (tmp_path / "migrations" / "versions" / "v9999_added.py").write_text(SECOND)
    with monkeypatch.context() as newer:
        newer.setattr(migrating, "__file__", str(tmp_path / "migrate.py"))
        with pytest.raises(ConfigurationError, match="leadgen database prepare"):
            migrate(writer)
        migrate(empty)
        migrate(writer)
    with pytest.raises(ConfigurationError, match=r"newer version of leadgen.*9999"):
        migrate(writer)
    writer.dispose()


def test_runs_of_before_keep_their_index_by_topic(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE EXTENSION vector"))
        command.upgrade(alembic_configuration(connection), "0001")
        create_partitions(connection, 7)
    migrate(empty)
    with empty.connect() as connection:
        indexes = connection.execute(text("SELECT indexdef FROM pg_indexes WHERE tablename = 'sentences_r7'")).scalars()
        assert any("ix_sentences_r7_topic_id" in index and "(topic_id)" in index for index in indexes)
        index_sentences(connection, 7)


def test_an_installed_copy_has_the_migrations() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
    packages = find_packages(str(ROOT), include=settings["include"])
    assert "build_artifacts.database.migrations.versions" in packages
    scripts = ScriptDirectory(str(ROOT / "build_artifacts" / "database" / "migrations"))
    assert len(scripts.get_heads()) == 1
    assert all(Path(version.path).suffix == ".py" for version in scripts.walk_revisions())
