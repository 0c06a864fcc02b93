"""Two quarters of a hundred firms in the database, embedded by the hashing model."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from leadgen.database.schema import THEME_IDS, TOPIC_IDS, Firm, Run, Sentence, Theme, Topic
from leadgen.text import HashingTextModel, hashing_spec
from sqlalchemy import Connection, Engine, insert, select, text

FIRMS, SENTENCES = 100, 12
MODEL = HashingTextModel(hashing_spec(64))
SUBJECTS = {
    "Freight costs": "freight shipping container port logistics fuel carrier warehouse delay trucking",
    "Semiconductor supply": "semiconductor chip wafer foundry shortage fab lithography capacity yield silicon",
    "Clinical trials": "clinical trial patient enrolment placebo phase endpoint therapy dose approval",
    "Store traffic": "store traffic shopper mall basket footfall apparel checkout brand promotion",
    "Wage inflation": "wage inflation hiring labour overtime turnover salary staffing union benefits",
    "Data centres": "datacenter server cooling power rack cloud workload hyperscale bandwidth latency",
    "Vaccination": "vaccine vaccination booster variant pandemic lockdown reopening mask hospital infection",
    "Buybacks": "buyback dividend repurchase shareholder capital leverage authorization payout treasury yield",
}
PARENTS = {
    "Operations": ("Freight costs", "Semiconductor supply", "Wage inflation"),
    "Health": ("Clinical trials", "Vaccination"),
}
SPEAKERS = ("executive", "executive", "analyst", "other")


@dataclass(frozen=True)
class Quarters:
    """The runs: the first quarter's, an earlier one of it, the second quarter's, and one that is under way."""

    first: int
    superseded: int
    second: int
    running: int
    themes: dict[str, int]


def fill(engine: Engine) -> Quarters:
    """`Vaccination` is gone in the second quarter, `Buybacks` new, and `Freight costs` has grown."""
    rng = np.random.default_rng(4)
    with engine.begin() as connection:
        names = [*SUBJECTS, *PARENTS]
        themes = {name: connection.scalar(select(THEME_IDS.next_value())) for name in names}
        superseded = _run(connection, "2021Q3", "complete", "a")
        first, second = _run(connection, "2021Q3", "complete", "b"), _run(connection, "2021Q4", "complete", "c")
        running = _run(connection, "2022Q1", "running", "d")
        _fill_run(connection, rng, superseded, "2021Q3", {"Clinical trials": 1}, themes, firms=3)
        early = dict.fromkeys(list(SUBJECTS)[:-1], 1)
        _fill_run(connection, rng, first, "2021Q3", early, themes, firms=FIRMS)
        late = {name: 1 for name in SUBJECTS if name != "Vaccination"} | {"Freight costs": 4}
        _fill_run(connection, rng, second, "2021Q4", late, themes, firms=FIRMS - 10)
        _fill_run(connection, rng, running, "2022Q1", {"Buybacks": 1}, themes, firms=2)
    with engine.begin() as connection:
        for run in (first, second):
            for table in ("sentences", "topics"):
                connection.execute(text(
                    f"CREATE INDEX ON {table}_{run} USING hnsw ((embedding::halfvec(64)) halfvec_cosine_ops)"
                ))  # fmt: skip
        connection.execute(text("ANALYZE"))
    return Quarters(first, superseded, second, running, themes)


def company(number: int) -> str:
    """The id of a firm; some are awkward in a path."""
    return {0: "a/b c", 1: "ümlaut/x", 2: "'; DROP TABLE runs; --"}.get(number, f"c{number:03}")


def _run(connection: Connection, quarter: str, status: str, name: str) -> int:
    values = {
        "quarter": quarter, "status": status, "configuration_hash": name, "input_path": "quarter.parquet",
        "text_model": MODEL.spec.id, "text_model_sha256": MODEL.spec.sha256, "dimension": 64, "language_model": None,
        "parameters": {}, "code_version": "1", "finished_at": datetime.now(UTC) if status == "complete" else None,
    }  # fmt: skip
    run = connection.execute(insert(Run).values(values).returning(Run.id)).scalar_one()
    for table in ("topics", "sentences"):
        connection.execute(text(f"CREATE TABLE {table}_{run} PARTITION OF {table} FOR VALUES IN ({run})"))
    return run


def _fill_run(
    connection: Connection,
    rng: Any,
    run: int,
    quarter: str,
    weights: dict[str, int],
    themes: dict[str, int],
    firms: int,
) -> None:
    names, shares = list(weights), np.array(list(weights.values())) / sum(weights.values())
    said = [rng.choice(names, size=min(3, len(names)), replace=False, p=shares) for _ in range(firms)]
    _write_themes(connection, run, weights, themes, said)
    for number, subjects in enumerate(said):
        _write_firm(connection, rng, run, quarter, number, list(subjects), themes)


def _write_themes(connection: Connection, run: int, weights: dict[str, int], themes: dict[str, int], said: Any) -> None:
    def row(name: str, level: int, parent: str | None, under: tuple[str, ...]) -> dict[str, Any]:
        topics = sum(sum(subject in under for subject in subjects) for subjects in said)
        return {
            "run_id": run, "id": themes[name], "level": level, "parent_id": themes.get(parent or ""), "name": name,
            "description": f"Firms speak of {name.lower()}, 100% of them.", "description_source": "extractive",
            "representation": [["word", 0.5]], "n_topics": topics, "n_sentences": topics * 4,
            "n_firms": sum(any(subject in under for subject in subjects) for subjects in said),
            "embedding": MODEL.encode([SUBJECTS.get(name, name)], "passage")[0],
        }  # fmt: skip

    parent_of = {child: parent for parent, children in PARENTS.items() for child in children}
    used = [parent for parent in PARENTS if set(PARENTS[parent]) & set(weights)]
    rows = [row(parent, 1, None, PARENTS[parent]) for parent in used]
    rows += [row(name, 0, parent_of.get(name), (name,)) for name in weights]
    connection.execute(insert(Theme), rows)


def _write_firm(
    connection: Connection, rng: Any, run: int, quarter: str, number: int, subjects: list[str], themes: dict[str, int]
) -> None:
    values = {
        "run_id": run, "company_id": company(number), "ticker": f"T{number}", "name": f"Firm {number}",
        "quarter": quarter, "status": "done", "input_hash": "x", "n_sentences": SENTENCES + 1,
        "n_clustered": 4 * len(subjects), "n_topics": len(subjects),
    }  # fmt: skip
    firm = connection.execute(insert(Firm).values(values).returning(Firm.id)).scalar_one()
    sentences = []
    for local, subject in enumerate(subjects):
        topic = connection.scalar(select(TOPIC_IDS.next_value()))
        words = SUBJECTS[subject].split()
        texts = [f"We see {' '.join(rng.choice(words, 5))} this quarter." for _ in range(4)]
        embeddings = MODEL.encode(texts, "passage")
        centroid = embeddings.mean(0) / np.linalg.norm(embeddings.mean(0))
        connection.execute(insert(Topic).values(
            run_id=run, id=topic, firm_id=firm, local_id=local, title=f"{subject} at {number}", summary=" ".join(words),
            summary_source="extractive", representation=[[words[0], 0.3]], n_sentences=4, theme_id=themes[subject],
            theme_similarity=0.1 + 0.01 * local, embedding=MODEL.encode([f"{subject} {' '.join(words)}"], "passage")[0],
            centroid=centroid,
        ))  # fmt: skip
        sentences += [
            {
                "run_id": run, "firm_id": firm, "position": 4 * local + i, "document": "call-1", "text": texts[i],
                "speaker_type": SPEAKERS[i], "kept_out": None, "topic_id": topic,
                "similarity": float(embeddings[i] @ centroid), "embedding": embeddings[i],
            }
            for i in range(4)
        ]  # fmt: skip
    sentences.append({
        "run_id": run, "firm_id": firm, "position": SENTENCES, "document": "call-1", "text": "Next question, please.",
        "speaker_type": "operator", "kept_out": "boilerplate", "topic_id": None, "similarity": None, "embedding": None,
    })  # fmt: skip
    connection.execute(insert(Sentence), sentences)
