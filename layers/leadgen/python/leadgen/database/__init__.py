"""PostgreSQL with pgvector: what a quarterly run writes and the HTTP application reads."""
