"""Who may do what: a role that runs write with, and one that the HTTP application reads with."""

from sqlalchemy import Connection, Engine, text

from .partitions import PARTITIONED

WRITER = "leadgen_writer"
READER = "leadgen_reader"
_OWNED = ("runs", "firms", "themes", "topics", "sentences", "language_model_calls")
_SEQUENCES = ("topic_ids", "theme_ids")
_LOCK = 4_207_849_002


def grant_roles(engine: Engine) -> None:
    """Create both roles and give them their rights in this database; to be repeated after each migration.

    The writer owns the tables, because PostgreSQL lets nobody else add or drop a table's partitions and indexes. The
    reader may select, and its transactions are read-only by default. Neither has a password: RDS knows them by IAM,
    elsewhere an administrator sets one. The engine's user needs CREATEROLE, as the master user of RDS has it, and the
    database is to be its own or shared with it by a superuser.
    """
    with engine.begin() as connection:
        # Roles belong to the server: two databases of it may be prepared at the same time.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        for role in (WRITER, READER):
            _create(connection, role)
        _let_write(connection)
        _let_read(connection)


def _create(connection: Connection, role: str) -> None:
    if not _exists(connection, role):
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
    if _exists(connection, "rds_iam"):
        connection.execute(text(f"GRANT rds_iam TO {role}"))


def _let_write(connection: Connection) -> None:
    member = text(
        "SELECT rolsuper OR pg_has_role(current_user, :role, 'SET') FROM pg_roles WHERE rolname = current_user"
    )
    if not connection.scalar(member, {"role": WRITER}):
        # Whoever gives a table away, or migrates it later, has to be a member of its owner.
        connection.execute(text(f"GRANT {WRITER} TO CURRENT_USER"))
    connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {WRITER}"))
    for table in (*_OWNED, *_partitions(connection)):
        connection.execute(text(f"ALTER TABLE {table} OWNER TO {WRITER}"))
    for sequence in _SEQUENCES:
        connection.execute(text(f"ALTER SEQUENCE {sequence} OWNER TO {WRITER}"))
    connection.execute(text(f"GRANT SELECT ON alembic_version TO {WRITER}"))


def _let_read(connection: Connection) -> None:
    connection.execute(text(f"ALTER ROLE {READER} SET default_transaction_read_only = on"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {READER}"))
    connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}"))
    connection.execute(
        text(f"ALTER DEFAULT PRIVILEGES FOR ROLE {WRITER} IN SCHEMA public GRANT SELECT ON TABLES TO {READER}")
    )


def _partitions(connection: Connection) -> list[str]:
    query = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = ANY (CAST(:tables AS regclass[]))"
    return list(connection.execute(text(query), {"tables": list(PARTITIONED)}).scalars())


def _exists(connection: Connection, role: str) -> bool:
    return connection.scalar(text("SELECT true FROM pg_roles WHERE rolname = :role"), {"role": role}) is True
