"""The flag that names the database."""

import argparse
import os

VARIABLE = "LEADGEN_DATABASE_URL"
EMBEDDED = "embedded:artifacts/database"
"""PostgreSQL in a folder, for a laptop."""


def add_database_flag(parser: argparse.ArgumentParser) -> None:
    """`--database`, or its twin in the environment; an embedded server by default."""
    parser.add_argument(
        "--database",
        default=os.environ.get(VARIABLE) or EMBEDDED,
        help=f"postgresql://…, rds-iam://user@host/name?region=…, or embedded:FOLDER (default: {EMBEDDED})",
    )
