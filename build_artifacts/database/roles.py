"""Who may do what: the tables' owner, a user that runs write with, and one that the HTTP application reads with."""

from leadgen.errors import ConfigurationError
from sqlalchemy import Connection, Engine, text

from .partitions import PARTITIONED

OWNER = "leadgen_owner"
WRITER = "leadgen_writer"
READER = "leadgen_reader"
_OWNED = ("runs", "firms", "themes", "topics", "sentences", "language_model_calls", "topic_ids", "theme_ids")
_BY_IAM = "rds_iam"
"""Whoever inherits from this role of RDS logs in with IAM tokens, and with a password no more."""
_LOCK = 4_207_849_002


def grant_roles(engine: Engine) -> None:
    """Create the roles and give them their rights in this database; to be repeated after each migration.

    PostgreSQL lets nobody but a table's owner add or drop partitions and indexes, and migrate it. So a role that
    cannot log in owns the tables, the engine's user and the writer are its members, and the writer acts as this role
    from login on: what it creates belongs to it, too. The engine's user is no member of the writer, whose membership
    in `rds_iam` it would share. The reader may select, and its transactions are read-only by default. Neither has a
    password: RDS knows them by IAM, elsewhere an administrator sets one.

    The engine's user needs CREATEROLE, as the master user of RDS has it, and the database is to be its own or shared
    with it by a superuser. Raises ConfigurationError where it inherits from the writer or reader, and RDS would no
    longer take its password.
    """
    with engine.begin() as connection:
        # Roles belong to the server: two databases of it may be prepared at the same time.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        for role, login in ((OWNER, "NOLOGIN"), (WRITER, "LOGIN"), (READER, "LOGIN")):
            if not _exists(connection, role):
                connection.execute(text(f"CREATE ROLE {role} {login}"))
        for role in (WRITER, READER):
            _let_log_in_by_iam(connection, role)
        _let_own(connection)
        _let_read(connection)


def _let_log_in_by_iam(connection: Connection, role: str) -> None:
    if not _exists(connection, _BY_IAM):
        return
    # Who creates a role may administer it, but inherits nothing from it.
    inherits = text(
        "SELECT rolname FROM pg_roles WHERE rolname = current_user AND NOT rolsuper "
        "AND pg_has_role(rolname, :role, 'USAGE')"
    )
    if user := connection.scalar(inherits, {"role": role}):
        raise ConfigurationError(
            f"{user} inherits from {role}, and with {_BY_IAM} RDS would refuse its password; run "
            f"REVOKE {role} FROM {user}"
        )
    connection.execute(text(f"GRANT {_BY_IAM} TO {role}"))


def _let_own(connection: Connection) -> None:
    connection.execute(text(f"GRANT {OWNER} TO CURRENT_USER, {WRITER}"))
    connection.execute(text(f"ALTER ROLE {WRITER} SET role = {OWNER}"))
    connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}"))
    for kind, name in _owned_by_others(connection):
        connection.execute(text(f"ALTER {kind} {name} OWNER TO {OWNER}"))
    connection.execute(text(f"GRANT SELECT ON alembic_version TO {OWNER}"))


def _let_read(connection: Connection) -> None:
    connection.execute(text(f"ALTER ROLE {READER} SET default_transaction_read_only = on"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {READER}"))
    connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}"))
    connection.execute(
        text(f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT SELECT ON TABLES TO {READER}")
    )


def _owned_by_others(connection: Connection) -> list[tuple[str, str]]:
    """Kind and name of tables and sequences; those that need no change are not locked against readers."""
    query = text(
        "SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, oid::regclass::text FROM pg_class "
        "WHERE relowner <> CAST(:owner AS regrole) AND (oid = ANY (CAST(:names AS regclass[])) OR oid IN "
        "(SELECT inhrelid FROM pg_inherits WHERE inhparent = ANY (CAST(:partitioned AS regclass[]))))"
    )
    values = {"owner": OWNER, "names": list(_OWNED), "partitioned": list(PARTITIONED)}
    return [(kind, name) for kind, name in connection.execute(query, values)]


def _exists(connection: Connection, role: str) -> bool:
    return connection.scalar(text("SELECT true FROM pg_roles WHERE rolname = :role"), {"role": role}) is True
