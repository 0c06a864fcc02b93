"""Hand a pushed image on: check the registry, store its bundle and report, and name it last of all."""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from leadgen.errors import ConfigurationError

from build_artifacts.indices.upload import Upload

from .deployment import Deployment, check_pushed
from .job import CANDIDATE, REPORT
from .reporting import publish_report
from .settings import RebuildSettings, read_settings

log = logging.getLogger(__name__)

RELEASE = "release.json"


@dataclass(frozen=True)
class Candidate:
    """`candidate.json`: what a rebuild leaves to be handed on once its image is pushed."""

    build: str
    bundle: str
    folder: str
    tag: str
    reused: bool

    def document(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def read(cls, path: Path) -> "Candidate":
        """Raises ConfigurationError where no rebuild has left one."""
        try:
            return cls(**json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise ConfigurationError(f"{path} names no candidate ({error}); run `leadgen rebuild` first") from error


def hand_on(folder: Path, metadata: Path) -> str:
    """Make the pushed image the release that a rollout takes up; returns its digest.

    Raises ConfigurationError where the image is not in the registry or something cannot be written. The parameter is
    written last: whoever reads it finds the image, the bundle and the report in place.
    """
    settings = read_settings(RebuildSettings)
    deployment = Deployment.of(settings)
    if deployment is None or settings.repository_uri is None:
        raise ConfigurationError("LEADGEN_DATA_BUCKET and LEADGEN_REPOSITORY_URI must be set to hand an image on")
    candidate, digest = Candidate.read(folder / CANDIDATE), pushed_digest(metadata)
    check_pushed(settings.repository_uri, digest, candidate.tag)
    if not candidate.reused:
        Upload(deployment.artifacts).bundle(Path(candidate.folder))
    release = {"digest": digest, "bundle": candidate.bundle, "build": candidate.build}
    (folder / REPORT / RELEASE).write_text(json.dumps(release | {"tag": candidate.tag}, indent=1), "utf-8")
    publish_report(deployment, folder / REPORT, candidate.build)
    deployment.release(**release)
    log.info("%s with bundle %s is the candidate", digest, candidate.bundle)
    return digest


def pushed_digest(metadata: Path) -> str:
    """The digest in the file that `docker buildx build --metadata-file` wrote; raises ConfigurationError."""
    try:
        return str(json.loads(metadata.read_text("utf-8"))["containerimage.digest"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{metadata} names no pushed image ({error!r}); was it pushed?") from error
