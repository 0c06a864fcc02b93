"""Descriptions of 83 real sites, served on loopback under their own names: outcomes, and extraction next to others.

`python -m benchmarks.descriptions [--data ../shared/data] [--show 10]`. Extraction is judged by the pages' own meta
descriptions, which it is not shown: ROUGE-L (F1 of the longest common subsequence of words, Lin 2004,
https://aclanthology.org/W04-1013) and the cosine of MiniLM's embeddings. All texts are cut at as many words as the
longest description may have.
"""

import argparse
import json
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import trafilatura
from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning
from leadgen.text import load_text_model

from benchmarks.saved_sites import PAGES, SavedPage, as_sites, saved_pages
from build_artifacts.descriptions.corpus import Corpus
from build_artifacts.descriptions.extraction.extract import extract_page
from build_artifacts.descriptions.extractive import extractive_sources
from build_artifacts.descriptions.options import Columns, DescribeOptions
from build_artifacts.descriptions.run import run_describe
from build_artifacts.descriptions.site import Site
from build_artifacts.descriptions.sources import ranked_sources, text_of
from build_artifacts.models.prepare import prepare_text_model

from site_farm import SiteFarm  # isort: skip - found through benchmarks.saved_sites

WORDS = 60
SHORTEST_META = 40
_WORD = re.compile(r"\w+")


def main() -> None:
    """Print the report of a run, the table of extraction, and some descriptions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path("artifacts/cache"), help="folder of compiled text models")
    parser.add_argument("--show", type=int, default=10, help="so many descriptions")
    options = parser.parse_args()
    if not (options.data / PAGES).exists():
        sys.exit(f"{options.data / PAGES} is absent: give --data a folder that holds it")
    warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
    pages = saved_pages(options.data)
    with tempfile.TemporaryDirectory() as folder:
        describe(pages, Path(folder), options.show)
    judge(pages, options.cache)


def describe(pages: Sequence[SavedPage], folder: Path, show: int) -> None:
    """One run without a language model."""
    hosts = list(dict.fromkeys(page.host for page in pages))
    names = [host.removeprefix("www.").split(".")[0] for host in hosts]
    table = pa.table({"company_id": hosts, "name": names, "website": [f"http://{host}/" for host in hosts]})
    pq.write_table(table, folder / "companies.parquet")
    options = DescribeOptions(
        str(folder / "companies.parquet"), str(folder / "described.parquet"), Columns(), folder / "cache", None,
        "leadgen/benchmark", 0.0, 50, 2, None,
    )  # fmt: skip
    with SiteFarm(as_sites(list(pages))) as farm:
        print(json.dumps(run_describe(options, farm.network()), indent=1))
    rows = pq.read_table(folder / "described.parquet").to_pylist()
    for row in rows[:: max(1, len(rows) // show)][:show]:
        print(f"\n{row['company_id']} [{row['description_status']}, {row['description_source']}]: {row['description']}")


def judge(pages: Sequence[SavedPage], cache: Path) -> None:
    """Print how near to the meta description each way of extraction comes."""
    judged = [page for page in pages if len(page.meta_description) >= SHORTEST_META]
    model = load_text_model(prepare_text_model("auto", cache), 1)
    wanted = model.encode([page.meta_description for page in judged], "query")
    print(
        f"\n{len(judged)} pages with a meta description\n{'':<36}{'ROUGE-L':>9}{'cosine':>9}{'empty':>7}{'ms/page':>9}"
    )
    for name, extract in ways(pages).items():
        start = time.process_time()
        texts = [" ".join(extract(page).split()[:WORDS]) for page in judged]
        milliseconds = (time.process_time() - start) / len(judged) * 1000
        rouge = np.mean([rouge_l(text, page.meta_description) for text, page in zip(texts, judged, strict=True)])
        cosine = np.mean(np.sum(model.encode(texts, "query") * wanted, axis=1))
        empty = sum(not text for text in texts)
        print(f"{name:<36}{rouge:>9.3f}{cosine:>9.3f}{empty:>7}{milliseconds:>9.1f}")


def ways(pages: Sequence[SavedPage]) -> dict[str, Callable[[SavedPage], str]]:
    """Functions from a page to text; none is shown the page's meta description."""
    corpus = Corpus([text_of(_site(page)) for page in pages])

    def described(page: SavedPage) -> str:
        sources = ranked_sources(_site(page), corpus, page.host.removeprefix("www.").split(".")[0], 10)
        return " ".join(source.text for source in extractive_sources(sources))

    def titled(text: Callable[[SavedPage], str]) -> Callable[[SavedPage], str]:
        return lambda page: f"{_site(page).pages[0].title}. {text(page)}"

    def main_text(page: SavedPage) -> str:
        return " ".join(_site(page).pages[0].sentences)

    return {
        "get_text(), begins with the title": lambda page: BeautifulSoup(page.body, "lxml").get_text(" ", strip=True),
        "trafilatura": _trafilatura,
        "leadgen: main text": main_text,
        "leadgen: extractive description": described,
        "title, trafilatura": titled(_trafilatura),
        "leadgen: title, main text": titled(main_text),
        "leadgen: title, description": titled(described),
    }


def _trafilatura(page: SavedPage) -> str:
    return trafilatura.extract(page.body, include_comments=False) or ""


@cache
def _site(page: SavedPage) -> Site:
    found = extract_page(page.body, "text/html", f"http://{page.host}{page.path}")
    return Site(page.host, "fetched", [replace(found, statements=())])


def rouge_l(text: str, reference: str) -> float:
    """F1 of the longest common subsequence of words."""
    a, b = _WORD.findall(reference.lower()), np.array(_WORD.findall(text.lower()))
    if not a or not len(b):
        return 0.0
    row = np.zeros(len(b) + 1, dtype=np.int64)
    for word in a:
        row = np.maximum.accumulate(np.concatenate(([0], np.maximum(row[1:], np.where(b == word, row[:-1] + 1, 0)))))
    common = float(row[-1])
    return 2 * common / (len(a) + len(b))


if __name__ == "__main__":
    main()
