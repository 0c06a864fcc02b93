"""What is known of websites and companies, kept where a killed process cannot lose it."""

import fcntl
import json
import sqlite3
import uuid
import zlib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from leadgen.errors import ConfigurationError, InputError

from build_artifacts.descriptions.company import Description
from build_artifacts.descriptions.evidence import Evidence
from build_artifacts.descriptions.extraction.page import Page
from build_artifacts.descriptions.fetching.http_cache import Validators
from build_artifacts.descriptions.site import Site

_TABLES = """
CREATE TABLE IF NOT EXISTS run (id TEXT PRIMARY KEY, started_at TEXT NOT NULL, finished_at TEXT);
CREATE TABLE IF NOT EXISTS page (
    url TEXT PRIMARY KEY, page BLOB NOT NULL, etag TEXT, last_modified TEXT, fresh_until REAL NOT NULL,
    digest TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS visit (
    website TEXT PRIMARY KEY, run TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL, pages BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS description (
    company TEXT NOT NULL, website TEXT NOT NULL, run TEXT NOT NULL, described_at TEXT NOT NULL,
    description TEXT NOT NULL,
    PRIMARY KEY (company, website)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS evidence (
    company TEXT NOT NULL, website TEXT NOT NULL, content_hash TEXT NOT NULL, evidence TEXT NOT NULL,
    PRIMARY KEY (company, website)
) WITHOUT ROWID;
"""
FILE = "descriptions.sqlite"
_RESUMED_WITHIN = timedelta(days=2)


class State:
    """One SQLite file, used by one process at a time; every write is committed when the method returns.

    Raises ConfigurationError while another process uses it, and InputError for a file that is no such state.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / FILE
        self._lock = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise ConfigurationError(
                f"another `leadgen describe` uses {folder}; wait for it, or give another --cache"
            ) from error
        try:
            self._connection = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(_TABLES)
        except sqlite3.Error as error:
            self._lock.close()
            raise InputError(f"{self.path} cannot be used: {error}. Delete it to begin anew") from error
        self.run = self._open_run()

    def __enter__(self) -> "State":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._lock.close()

    def _open_run(self) -> str:
        """The run that was not finished, if it is recent; else a new one."""
        oldest = _now(_RESUMED_WITHIN)
        query = "SELECT id FROM run WHERE finished_at IS NULL AND started_at > ? ORDER BY started_at DESC LIMIT 1"
        row = self._connection.execute(query, (oldest,)).fetchone()
        if row is not None:
            return str(row[0])
        name = uuid.uuid4().hex
        self._connection.execute("INSERT INTO run (id, started_at) VALUES (?, ?)", (name, _now()))
        return name

    def finish(self) -> None:
        """The next start is another run."""
        self._connection.execute("UPDATE run SET finished_at = ? WHERE id = ?", (_now(), self.run))

    def find_page(self, url: str) -> tuple[Page, Validators] | None:
        """See `PageStore`."""
        query = "SELECT page, etag, last_modified, fresh_until, digest FROM page WHERE url = ?"
        row = self._connection.execute(query, (url,)).fetchone()
        return None if row is None else (Page.from_json(_unpacked(row[0])), Validators(*row[1:]))

    def keep_page(self, url: str, page: Page, found: Validators) -> None:
        """See `PageStore`."""
        values = (url, _packed(page.to_json()), found.etag, found.last_modified, found.fresh_until, found.digest)
        self._connection.execute("INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?, ?, ?)", values)

    def visited(self) -> set[str]:
        """Websites that this run has visited."""
        rows = self._connection.execute("SELECT website FROM visit WHERE run = ?", (self.run,))
        return {website for (website,) in rows}

    def find_site(self, website: str) -> Site | None:
        """What the last visit found."""
        query = "SELECT outcome, detail, pages FROM visit WHERE website = ?"
        row = self._connection.execute(query, (website,)).fetchone()
        if row is None:
            return None
        pages = [Page.from_json(page) for page in json.loads(_unpacked(row[2]))]
        return Site(website, row[0], pages, row[1])

    def keep_site(self, site: Site) -> None:
        """A visit of this run."""
        pages = _packed(json.dumps([page.to_json() for page in site.pages]))
        values = (site.website, self.run, site.outcome, site.detail, pages)
        self._connection.execute("INSERT OR REPLACE INTO visit VALUES (?, ?, ?, ?, ?)", values)

    def find_description(self, company: str, website: str) -> tuple[Description, str, bool] | None:
        """The company's description by this website, when it was made, and whether this run made it."""
        query = "SELECT description, described_at, run FROM description WHERE company = ? AND website = ?"
        row: Any = self._connection.execute(query, (company, website)).fetchone()
        return None if row is None else (Description.from_json(row[0]), row[1], row[2] == self.run)

    def keep_description(self, company: str, website: str, description: Description) -> str:
        """Replace it; returns when."""
        now = _now()
        values = (company, website, self.run, now, description.to_json())
        self._connection.execute("INSERT OR REPLACE INTO description VALUES (?, ?, ?, ?, ?)", values)
        return now

    def find_evidence(self, company: str, website: str, content_hash: str) -> Evidence | None:
        """What a language model was last shown of these contents of the website."""
        query = "SELECT evidence FROM evidence WHERE company = ? AND website = ? AND content_hash = ?"
        row = self._connection.execute(query, (company, website, content_hash)).fetchone()
        return None if row is None else Evidence.from_json(row[0])

    def keep_evidence(self, company: str, website: str, evidence: Evidence) -> None:
        """Replace it."""
        values = (company, website, evidence.extract.content_hash, evidence.to_json())
        self._connection.execute("INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?)", values)

    def snapshot(self, path: Path) -> None:
        """Write a consistent copy, the ledger with it, while others write."""
        with closing(sqlite3.connect(self.path, timeout=60)) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)


def _now(before: timedelta = timedelta(0)) -> str:
    return (datetime.now(UTC) - before).isoformat(timespec="seconds")


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode(), 6)


def _unpacked(data: bytes) -> str:
    return zlib.decompress(data).decode()
