"""One run of a rebuild: what it was told, where it works, what it is called."""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from leadgen.errors import ConfigurationError

from build_artifacts.indices import BuildOptions
from build_artifacts.indices.digest_key import FILE, digest_key

from .deployment import Deployment
from .gate_settings import GateSettings
from .settings import RebuildSettings, read_settings

CANDIDATE, IMAGE, TAG = "candidate.json", "image", "image.tag"
INPUTS, ARTIFACTS, REPORT, CACHE = "inputs", "artifacts", "report", "cache"


@dataclass(frozen=True)
class Job:
    """`build` is CodeBuild's id of the build, `number` its number; a person's are made of the time."""

    options: BuildOptions
    folder: Path
    settings: RebuildSettings
    gate: GateSettings
    deployment: Deployment | None
    build: str
    number: str
    key: str

    @classmethod
    def prepare(cls, options: BuildOptions, folder: Path) -> "Job":
        """Read the settings and empty `folder`, except for its cache. Raises ConfigurationError."""
        settings, gate = read_settings(RebuildSettings), read_settings(GateSettings)
        deployment = Deployment.of(settings)
        if deployment is None and "://" in options.artifacts:
            raise ConfigurationError(f"--artifacts {options.artifacts} needs LEADGEN_DATA_BUCKET; else give a folder")
        key = digest_key(Path(options.artifacts), may_create=deployment is None)
        now = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        build = os.environ.get("CODEBUILD_BUILD_ID", f"by-hand:{now}")
        number = os.environ.get("CODEBUILD_BUILD_NUMBER", now)
        _empty(folder)
        job = cls(options, folder, settings, gate, deployment, build, number, key)
        if not os.environ.get("LEADGEN_DIGEST_KEY"):
            shutil.copy(Path(options.artifacts) / FILE, job.path(ARTIFACTS) / FILE)
        return job

    def path(self, name: str) -> Path:
        """A file or folder of this run."""
        return self.folder / name

    @property
    def cache(self) -> Path:
        """With a bucket a folder of its own, that is restored from there; else the one of `leadgen indices`."""
        return self.path(CACHE) if self.deployment else Path(self.options.cache)

    @property
    def golden(self) -> str | None:
        """Where golden queries may lie."""
        if self.gate.golden or self.settings.data_bucket is None:
            return self.gate.golden
        return f"s3://{self.settings.data_bucket}/inputs/golden.json"


def _empty(folder: Path) -> None:
    for name in (INPUTS, ARTIFACTS, REPORT, IMAGE):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in (CANDIDATE, TAG):
        (folder / name).unlink(missing_ok=True)
    for name in (ARTIFACTS, REPORT):
        (folder / name).mkdir(parents=True)
