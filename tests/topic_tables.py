"""What a run left in the database, by names instead of numbers, so that two runs can be compared."""

from typing import Any

from leadgen.database.connection import connect
from sqlalchemy import text

FIRMS = """
SELECT f.company_id, f.ticker, f.name, f.quarter, f.status, f.error, f.input_hash,
       f.n_sentences, f.n_clustered, f.n_topics
FROM firms f WHERE f.run_id = :run ORDER BY 1
"""
SENTENCES = """
SELECT f.company_id, s.position, s.document, s.text, s.speaker_type, s.kept_out, t.local_id, s.similarity,
       s.embedding::text
FROM sentences s JOIN firms f ON f.id = s.firm_id
LEFT JOIN topics t ON t.run_id = s.run_id AND t.id = s.topic_id
WHERE s.run_id = :run ORDER BY 1, 2
"""
TOPICS = """
SELECT f.company_id, t.local_id, t.title, t.summary, t.summary_source, t.representation::text, t.n_sentences,
       h.name, t.theme_similarity, t.embedding::text, t.centroid::text
FROM topics t JOIN firms f ON f.id = t.firm_id LEFT JOIN themes h ON h.run_id = t.run_id AND h.id = t.theme_id
WHERE t.run_id = :run ORDER BY 1, 2
"""
THEMES = """
SELECT h.level, h.name, h.description, h.description_source, h.representation::text, h.n_topics, h.n_firms,
       h.n_sentences, p.name AS parent, h.embedding::text
FROM themes h LEFT JOIN themes p ON p.run_id = h.run_id AND p.id = h.parent_id
WHERE h.run_id = :run ORDER BY 1, 2, 3, 10
"""
INDEXES = """
SELECT indexdef FROM pg_indexes
WHERE tablename IN ('sentences_r' || :run, 'topics_r' || :run) AND indexdef LIKE '%hnsw%' ORDER BY 1
"""


def run_tables(url: str, run_id: int) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of a run's firms, sentences, topics and themes without ids and times, and its vector indexes."""
    engine = connect(url)
    try:
        with engine.connect() as connection:
            queries = {"firms": FIRMS, "sentences": SENTENCES, "topics": TOPICS, "themes": THEMES}
            tables = {
                name: [tuple(row) for row in connection.execute(text(query), {"run": run_id})]
                for name, query in queries.items()
            }
            indexes = connection.execute(text(INDEXES), {"run": str(run_id)}).scalars()
            return tables | {"indexes": [(index.replace(f"_r{run_id}", ""),) for index in indexes]}
    finally:
        engine.dispose()
