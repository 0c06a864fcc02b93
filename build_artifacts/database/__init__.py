"""The database that batch jobs write: its migrations, roles, bulk loads and vector indexes."""
