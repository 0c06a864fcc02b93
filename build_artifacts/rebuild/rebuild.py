"""One rebuild, from the tables to a folder that `docker build` is given; what is in service is not touched."""

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from leadgen.engine import Engine
from leadgen.errors import InputError, LeadgenError

from build_artifacts.indices import BuildOptions, build_indices
from build_artifacts.indices.build import REJECTS
from build_artifacts.indices.publish import point

from .caches import kept_caches
from .candidate import Candidate
from .described import with_descriptions
from .gate import Samples, judge
from .golden import Golden
from .image_context import write_context
from .in_service import InService, open_in_service
from .job import ARTIFACTS, CANDIDATE, IMAGE, INPUTS, REPORT, TAG, Job
from .refusal import GateRefusedError
from .report import Check, GateReport
from .reporting import write_evaluation, write_rejects, write_report
from .samples import as_requests, sample_rows
from .snapshot import Snapshot, sample_snapshot, take_snapshot

log = logging.getLogger(__name__)


def rebuild(options: BuildOptions, folder: Path) -> GateReport:
    """Snapshot, build, judge, and write the image's context below `folder`, which is emptied first.

    Raises GateRefusedError where the gate refuses, another LeadgenError where an input or a setting is at fault. Once
    the settings are read the report is written, and put into the bucket, in each of these cases.
    """
    job = Job.prepare(options, folder)
    with _failures_reported(job):
        old = open_in_service(job.deployment, Path(options.artifacts), job.key, options.threads)
        # Who has put tables in place of the sample since wants those, not the sample again.
        if job.settings.reuse_bundle and old and old.engine and not old.is_sample:
            report, bundle = _reused(job, old.engine), old.engine.folder
        else:
            report, bundle = _built(job, old)
        write_report(job.deployment, job.path(REPORT), report)
    log.info(report.table())
    if report.verdict == "refused":
        raise GateRefusedError(_refusal(report))
    _write_image(job, report, bundle)
    if job.deployment is None and not report.reused:
        _put_in_service(bundle, Path(options.artifacts))
    return report


@contextmanager
def _failures_reported(job: Job) -> Iterator[None]:
    """A build that ends before the gate is reported as well: the notice would else quote the one before."""
    try:
        yield
    except LeadgenError as error:
        check = Check(name="build", verdict="refused", message=str(error))
        report = GateReport(verdict="refused", build=job.build, checks=(check,))
        write_report(job.deployment, job.path(REPORT), report)
        raise


def _reused(job: Job, engine: Engine) -> GateReport:
    name = engine.manifest.build_id
    log.info("bundle %s, which is in service, is baked again", name)
    return GateReport(verdict="accepted", build=job.build, bundle=name, in_service=name, reused=True)


def _built(job: Job, old: InService | None) -> tuple[GateReport, Path]:
    snapshot = _snapshot(job, old)
    snapshot.write(job.path(REPORT) / "snapshot.json")
    built = Engine.open(_build(job, snapshot), digest_key=job.key, threads=job.options.threads)
    write_evaluation(built.manifest, job.path(REPORT) / "evaluation.json")
    before = old.engine if old else None
    return judge(built, before, _samples(job, snapshot), job.gate, job.build), built.folder


def _snapshot(job: Job, old: InService | None) -> Snapshot:
    found = take_snapshot(job.options, job.golden, job.path(INPUTS))
    if found is None and (old is None or old.is_sample):
        return sample_snapshot(job.settings, job.path(INPUTS))
    if found is None:
        places = [table.input_path for table in (job.options.customers, job.options.companies) if table]
        raise InputError(
            f"there is no table in {' or '.join(places) or 'the settings'}, and the bundle in service was built from "
            "one: put the tables back"
        )
    if job.gate.golden and found.golden is None:
        raise InputError(f"LEADGEN_GATE_GOLDEN={job.gate.golden} does not exist")
    return with_descriptions(found, job.settings.described_companies, job.path(INPUTS) / "described")


def _build(job: Job, snapshot: Snapshot) -> str:
    options = replace(
        job.options,
        artifacts=str(job.path(ARTIFACTS)),
        cache=str(job.cache),
        customers=snapshot.customers,
        companies=snapshot.companies,
    )
    with kept_caches(job.deployment.bucket if job.deployment else None, job.cache):
        try:
            return build_indices(options)
        finally:
            write_rejects(job.path(ARTIFACTS) / REJECTS, job.path(REPORT) / REJECTS)


def _samples(job: Job, snapshot: Snapshot) -> Samples:
    size, golden = job.gate.sample, Golden()
    leads = as_requests(sample_rows(snapshot.customers, size), snapshot.customers) if snapshot.customers else []
    companies = sample_rows(snapshot.companies, size) if snapshot.companies else []
    if snapshot.golden is not None:
        golden = Golden.read(snapshot.golden)
    return Samples(leads, companies, golden)


def _refusal(report: GateReport) -> str:
    lines = [f"{check.name}: {check.message} (limit {check.limit:g})" for check in report.refused]
    return "\n".join(
        [
            f"the gate refused bundle {report.bundle}; {report.in_service or 'nothing'} stays in service",
            *lines,
            f"to accept these tables all the same, start one build with LEADGEN_GATE_ACCEPT={report.snapshot}",
        ]
    )


def _write_image(job: Job, report: GateReport, bundle: Path) -> None:
    baked = bundle if job.settings.bundle_source == "baked" else None
    code = write_context(job.path(IMAGE), baked)
    tag = f"{report.bundle}-{code[:8]}-{job.number}"
    candidate = Candidate(job.build, str(report.bundle), str(bundle), tag, report.reused)
    job.path(CANDIDATE).write_text(json.dumps(candidate.document(), indent=1), "utf-8")
    job.path(TAG).write_text(tag, "utf-8")
    log.info("%s is ready for docker build; its tag is %s", job.path(IMAGE), tag)


def _put_in_service(bundle: Path, artifacts: Path) -> None:
    """Where there is no deployment the folder of bundles is what is served."""
    if not (artifacts / bundle.name).exists():
        partial = artifacts / f".{bundle.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(bundle, partial)
        partial.rename(artifacts / bundle.name)
    point(artifacts, bundle.name)
