"""The index by topic is each partition's own, made when its run is complete: loading need not keep it up to date.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PARTITIONS = sa.text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'sentences'::regclass")


def upgrade() -> None:
    op.drop_index("ix_sentences_topic", "sentences")
    for name in op.get_bind().scalars(_PARTITIONS).all():
        op.create_index(f"ix_{name}_topic_id", name, ["topic_id"])
