"""Runs, and each run's firms, sentences, topics and themes; the language model's answers.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("topic_ids", data_type=sa.BigInteger)))
    op.execute(sa.schema.CreateSequence(sa.Sequence("theme_ids", data_type=sa.BigInteger)))
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("quarter", sa.Text(), nullable=False, comment="Such as 2021Q3."),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "configuration_hash",
            sa.Text(),
            nullable=False,
            comment="Of quarter, input, models, parameters and code version: a run that agrees in all resumes.",
        ),
        sa.Column("input_path", sa.Text(), nullable=False),
        sa.Column("text_model", sa.Text(), nullable=False),
        sa.Column("text_model_sha256", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False, comment="Width of the run's vectors."),
        sa.Column("language_model", sa.Text(), nullable=True, comment="Null where every summary is extractive."),
        sa.Column("parameters", JSONB(), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("report", JSONB(), server_default="{}", nullable=False, comment="Counts, seconds and dollars."),
        sa.CheckConstraint("status IN ('running', 'complete')", name=op.f("ck_runs_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("configuration_hash", name=op.f("uq_runs_configuration_hash")),
    )
    op.create_index("ix_runs_quarter_status", "runs", ["quarter", "status"], unique=False)
    op.create_table(
        "firms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("ticker", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("quarter", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column(
            "input_hash",
            sa.Text(),
            nullable=False,
            comment="Of the firm's sentences: other sentences are processed anew.",
        ),
        sa.Column("n_sentences", sa.Integer(), nullable=False),
        sa.Column("n_clustered", sa.Integer(), nullable=False),
        sa.Column("n_topics", sa.Integer(), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status IN ('done', 'failed')", name=op.f("ck_firms_status")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_firms_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firms")),
        sa.UniqueConstraint("run_id", "company_id", name=op.f("uq_firms_run_id_company_id")),
        sa.UniqueConstraint("run_id", "id", name=op.f("uq_firms_run_id_id")),
    )
    op.create_index("ix_firms_company_id", "firms", ["company_id"], unique=False)
    op.create_table(
        "language_model_calls",
        sa.Column("key", sa.Text(), nullable=False, comment="Of model, prompt and answer's schema."),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column(
            "usd", sa.Double(), nullable=False, comment="Reserved at most before the call, what it cost after it."
        ),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.Column("answer", JSONB(), nullable=True, comment="Null while the call is under way."),
        sa.Column("called_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_language_model_calls_run_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_language_model_calls")),
    )
    op.create_index("ix_language_model_calls_run_id", "language_model_calls", ["run_id"], unique=False)
    op.create_table(
        "themes",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True, comment="The broader theme above."),
        sa.Column(
            "level",
            sa.Integer(),
            nullable=False,
            comment="0 for a theme that topics belong to, 1 and more for those above.",
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("description_source", sa.Text(), nullable=False),
        sa.Column("representation", JSONB(), nullable=False, comment="Keywords with their weights, [[word, weight]]."),
        sa.Column("n_topics", sa.Integer(), nullable=False),
        sa.Column("n_firms", sa.Integer(), nullable=False),
        sa.Column("n_sentences", sa.Integer(), nullable=False),
        sa.Column("embedding", HALFVEC(), nullable=False),
        sa.Column(
            "matched_run_id", sa.Integer(), nullable=True, comment="The earlier run that the id was taken over from."
        ),
        sa.Column("matched_similarity", sa.REAL(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "description_source IN ('llm', 'extractive', 'pending')", name=op.f("ck_themes_description_source")
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "parent_id"],
            ["themes.run_id", "themes.id"],
            name=op.f("fk_themes_run_id_parent_id"),
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_themes_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "id", name=op.f("pk_themes")),
    )
    op.create_index("ix_themes_id", "themes", ["id"], unique=False)
    op.create_table(
        "topics",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=False),
        sa.Column("local_id", sa.Integer(), nullable=False, comment="0 for the firm's largest topic, and so on."),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("summary_source", sa.Text(), nullable=False),
        sa.Column("representation", JSONB(), nullable=False, comment="Keywords with their weights, [[word, weight]]."),
        sa.Column("n_sentences", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=True),
        sa.Column("theme_similarity", sa.REAL(), nullable=True),
        sa.Column("embedding", HALFVEC(), nullable=False, comment="Of title and summary."),
        sa.Column("centroid", HALFVEC(), nullable=False, comment="Mean of the sentences' embeddings, unit length."),
        sa.CheckConstraint("summary_source IN ('llm', 'extractive', 'pending')", name=op.f("ck_topics_summary_source")),
        sa.ForeignKeyConstraint(
            ["run_id", "firm_id"], ["firms.run_id", "firms.id"], name=op.f("fk_topics_run_id_firm_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "theme_id"], ["themes.run_id", "themes.id"], name=op.f("fk_topics_run_id_theme_id")
        ),
        sa.PrimaryKeyConstraint("run_id", "id", name=op.f("pk_topics")),
        sa.UniqueConstraint("run_id", "firm_id", "local_id", name=op.f("uq_topics_run_id_firm_id_local_id")),
        postgresql_partition_by="LIST (run_id)",
    )
    op.create_index("ix_topics_id", "topics", ["id"], unique=False)
    op.create_index("ix_topics_theme", "topics", ["run_id", "theme_id"], unique=False)
    op.create_table(
        "sentences",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="Place among the firm's sentences, from 0."),
        sa.Column("document", sa.Text(), nullable=True, comment="The call that it was said in."),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("speaker_type", sa.Text(), nullable=True),
        sa.Column("kept_out", sa.Text(), nullable=True),
        sa.Column("topic_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "similarity", sa.REAL(), nullable=True, comment="Cosine with the topic's centroid; low for an outlier."
        ),
        sa.Column("embedding", HALFVEC(), nullable=True, comment="Null for a sentence that was kept out."),
        sa.CheckConstraint(
            "kept_out IN ('empty', 'boilerplate', 'repeated', 'foreign')", name=op.f("ck_sentences_kept_out")
        ),
        sa.CheckConstraint(
            "speaker_type IN ('operator', 'executive', 'analyst', 'other')", name=op.f("ck_sentences_speaker_type")
        ),
        sa.PrimaryKeyConstraint("run_id", "firm_id", "position", name=op.f("pk_sentences")),
        postgresql_partition_by="LIST (run_id)",
    )
    op.create_index("ix_sentences_topic", "sentences", ["run_id", "topic_id"], unique=False)
