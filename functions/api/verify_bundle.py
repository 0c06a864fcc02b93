"""Check the bundle that goes into an image, and copy it alone: `python -m functions.api.verify_bundle FROM TO`."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from leadgen.bundle import MANIFEST, Manifest, locate, verify
from leadgen.errors import ConfigurationError, LeadgenError


def bake(source: str, target: Path) -> str:
    """Copy the bundle in service at `source` to `target`, checked where it arrived; returns its id.

    Raises BundleError where it is absent, incomplete or altered, ConfigurationError where `target` exists.
    """
    if target.exists():
        raise ConfigurationError(f"{target} exists already; name a folder that does not")
    folder = locate(source)
    manifest = Manifest.read(folder)
    for name in (MANIFEST, *manifest.files):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (folder / name).is_file():
            shutil.copyfile(folder / name, target / name)
    verify(target, manifest)
    return manifest.build_id


def main(arguments: Sequence[str]) -> int:
    """0, or 2 with one line on what is wrong."""
    if len(arguments) != 2:
        print("usage: python -m functions.api.verify_bundle FROM TO", file=sys.stderr)  # noqa: T201
        return 2
    try:
        print(f"bundle {bake(arguments[0], Path(arguments[1]))} is as it was built")  # noqa: T201
    except LeadgenError as error:
        print(f"leadgen: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
