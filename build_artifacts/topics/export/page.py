"""HTML pages that need nothing but themselves."""

import base64
import hashlib
import html
import json
from pathlib import Path
from typing import Any

_PAGES = Path(__file__).parent / "pages"
_SAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def page(title: str, body: str, script: str | None = None, data: Any = None) -> str:
    """A page of `body`, which is HTML, with a script out of the folder `pages` and the data that it reads.

    The policy allows nothing but that script and the page's own style (https://www.w3.org/TR/CSP3/): what firms said is
    in here, and a piece of it that came through as markup would stay without effect.
    """
    code = (_PAGES / script).read_text("utf-8") if script else ""
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src {_source(code)}; base-uri 'none'"
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{text(title)}</title>",
        f"<style>{(_PAGES / 'page.css').read_text('utf-8')}</style>",
        "</head>",
        "<body>",
        body,
        f'<script type="application/json" id="data">{_json(data)}</script>' if script else "",
        f"<script>{code}</script>" if script else "",
        "</body>",
        "</html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def text(value: object) -> str:
    """Any text as HTML, also within an attribute's double quotes."""
    return html.escape(str(value), quote=True)


def _source(code: str) -> str:
    """What a policy says of an inline script: https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" if code else "'none'"


def _json(data: Any) -> str:
    """JSON that cannot end the element that it stands in."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_SAFE)
