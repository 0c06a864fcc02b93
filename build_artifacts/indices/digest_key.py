"""The secret under which the bundle's e-mail digests are made."""

import os
import secrets
from pathlib import Path

from leadgen.errors import ConfigurationError

FILE = "digest.key"


def digest_key(artifacts: Path, *, may_create: bool = True) -> str:
    """LEADGEN_DIGEST_KEY, else the file beside the bundles, made (mode 0600) where there is none.

    The key never lies inside a bundle: who has the bundle alone cannot test whether an address is in it.
    """
    given = os.environ.get("LEADGEN_DIGEST_KEY")
    if given:
        return given
    path = artifacts / FILE
    if not path.exists():
        if not may_create:
            raise ConfigurationError("LEADGEN_DIGEST_KEY is not set; bundles under s3:// need it in the environment")
        artifacts.mkdir(parents=True, exist_ok=True)
        # Renamed when it is whole: a build that is killed here must not leave an empty key to the next.
        partial = path.with_name(f"{FILE}.partial")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        partial.rename(path)
    return path.read_text("utf-8").strip()


def known_digest_key(bundle: str) -> str | None:
    """LEADGEN_DIGEST_KEY, else the file beside `bundle` or, for a folder of bundles, in it; None where neither is."""
    given = os.environ.get("LEADGEN_DIGEST_KEY")
    if given or bundle.startswith("s3://"):
        return given
    places = (Path(bundle) / FILE, Path(bundle).resolve().parent / FILE)
    return next((path.read_text("utf-8").strip() for path in places if path.is_file()), None)
