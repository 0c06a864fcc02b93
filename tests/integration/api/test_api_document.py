"""The whole OpenAPI document against the running server: no 5xx, no answer that it does not document.

What embeds has a test of its own.
"""

from pathlib import Path
from typing import Any

from document_check import checked_against_its_document


def test_the_server_keeps_to_its_document(server: Any, tmp_path: Path) -> None:
    """A lead that its schema allows may say nothing: JSON Schema cannot say that "n/a" is no value."""
    others = ("--exclude-path-regex", "^/(embed|similarity|tokenize|v1)")
    assert "7 selected / 14 total" in checked_against_its_document(server.url, tmp_path, examples=25, places=others)
