"""Find the bundle to serve: a bundle folder, a folder of bundles with its CURRENT, or the same under s3://."""

from pathlib import Path

from leadgen.errors import BundleError

from .manifest import MANIFEST

CURRENT = "CURRENT"
"""A file that holds the name of the bundle in service; written anew by rename, so it never points nowhere."""


def locate(path: str) -> Path:
    """The local folder of the bundle at `path`; `s3://bucket/prefix` is copied below the temporary folder first.

    Raises BundleError where there is none.
    """
    if path.startswith("s3://"):
        from .download import download

        return download(path.rstrip("/"))
    folder = Path(path)
    if (folder / MANIFEST).is_file():
        return folder
    try:
        name = (folder / CURRENT).read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise BundleError(
            f"LEADGEN_BUNDLE_PATH={path} holds neither {MANIFEST} nor {CURRENT}. Build a bundle with `leadgen indices`."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(
            f"{folder / CURRENT} cannot be read: {error}. Build a bundle with `leadgen indices`."
        ) from error
    return folder / bundle_name(name, str(folder / CURRENT))


def bundle_name(text: str, source: str) -> str:
    """The name that a CURRENT holds; raises BundleError naming it where that is no name of a folder."""
    if not text or text in (".", "..") or "/" in text or not text.isprintable():
        raise BundleError(
            f"{source} holds {text[:50]!r}, which is no bundle's name. Build a bundle with `leadgen indices`."
        )
    return text
