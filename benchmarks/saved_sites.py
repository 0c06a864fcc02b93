"""Saved pages of real sites as websites under their own names, for `benchmarks.descriptions`."""

import csv
import sys
import tarfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from site_farm import Reply, Site

INDEX, PAGES = "company_websites_index.csv", "company_websites.tar.gz"


@dataclass(frozen=True)
class SavedPage:
    """One page; `path` is where the farm serves it."""

    host: str
    path: str
    body: bytes
    meta_description: str


def saved_pages(data: Path) -> list[SavedPage]:
    """All pages; of each site the one that looks least like a contact or about page is its home page."""
    with (data / INDEX).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    by_host = defaultdict(list)
    for row in rows:
        by_host[row["site_root"].split("/")[2]].append(row)
    found = []
    with tarfile.open(data / PAGES) as archive:
        for host, pages in by_host.items():
            for number, row in enumerate(sorted(pages, key=_is_beside)):
                body = archive.extractfile(row["path"])
                assert body is not None
                path = f"/about-{number}.html" if number else "/"
                found.append(SavedPage(host, path, body.read(), row["meta_description"]))
    return found


def _is_beside(row: dict[str, str]) -> int:
    title = row["title"].lower()
    return 2 * ("contact" in title) + ("about" in title)


def as_sites(pages: list[SavedPage]) -> dict[str, Site]:
    """Sites for a `SiteFarm`, each with a sitemap that names all of its pages."""
    sites: dict[str, dict[str, Reply]] = defaultdict(dict)
    for page in pages:
        sites[page.host][page.path] = Reply(page.body, headers={"Content-Type": "text/html"})
    for host, site in sites.items():
        urls = "".join(f"<url><loc>http://{host}{path}</loc></url>" for path in site)
        site["/sitemap.xml"] = Reply(f"<urlset>{urls}</urlset>".encode())
    return dict(sites)
