"""Each run's partitions of `sentences` and `topics`."""

from sqlalchemy import Connection, text

PARTITIONED = ("topics", "sentences")


def partition(table: str, run_id: int) -> str:
    """Name of a run's part of a table."""
    return f"{table}_r{int(run_id)}"


def create_partitions(connection: Connection, run_id: int) -> None:
    """Make the run's partitions where they are absent; they have no vector index yet."""
    for table in PARTITIONED:
        name = partition(table, run_id)
        if not _exists(connection, name):
            # Unlike CREATE TABLE … PARTITION OF, attaching neither waits for readers of the table nor has them wait.
            connection.execute(text(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)"))
            connection.execute(text(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES IN ({int(run_id)})"))


def add_foreign_keys(connection: Connection, run_id: int) -> None:
    """Have all sentences refer to firms and topics that exist; raises IntegrityError where one does not.

    To be called when the run is loaded: checked all at once they cost seconds.
    """
    sentences, topics = partition("sentences", run_id), partition("topics", run_id)
    for column, referred in (("firm_id", "firms"), ("topic_id", topics)):
        name = f"fk_{sentences}_{column}"
        if not connection.scalar(text("SELECT true FROM pg_constraint WHERE conname = :name"), {"name": name}):
            connection.execute(
                text(
                    f"ALTER TABLE {sentences} ADD CONSTRAINT {name} FOREIGN KEY (run_id, {column}) "
                    f"REFERENCES {referred} (run_id, id)"
                )
            )


def index_sentences(connection: Connection, run_id: int) -> None:
    """Find the sentences of a topic, and those of a speaker type that is so rare that the vector index finds too few.

    To be called when the run is loaded: kept up to date row by row these indexes would take a third of that time.
    """
    name = partition("sentences", run_id)
    for column, condition in (("topic_id", ""), ("speaker_type", "WHERE embedding IS NOT NULL")):
        connection.execute(text(f"CREATE INDEX IF NOT EXISTS ix_{name}_{column} ON {name} ({column}) {condition}"))


def drop_partitions(connection: Connection, run_id: int) -> None:
    """Remove the run's sentences and topics with their indexes, at once, however many there are.

    Waits for all readers of these tables, of firms and of themes, and has new ones wait until the transaction ends.
    """
    for table in reversed(PARTITIONED):
        name = partition(table, run_id)
        if _exists(connection, name):
            # A partition that foreign keys refer to cannot be dropped before it is detached.
            connection.execute(text(f"ALTER TABLE {table} DETACH PARTITION {name}"))
            connection.execute(text(f"DROP TABLE {name}"))


def _exists(connection: Connection, name: str) -> bool:
    return connection.scalar(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": name}) is True
