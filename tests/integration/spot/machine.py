"""A machine without GPU, root or AWS that runs the instance's own user data and service.

Programs that only the instance has are stand-ins, which write what they were called with, one line of JSON each, to
`calls`: `aws` does against moto what the real one does, `systemctl` runs the unit's commands as systemd would,
`systemd-run` waits and runs, `shutdown` stops the service. `leadgen topics` itself is `_RUN`: it finishes a firm every
tenth of a second, keeps what is finished in a file that stands for the database, and stops as the real one promises.
"""

import json
import os
import signal
import stat
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from cdk.quarterly.user_data import user_data

_HEAD = f"""#!{sys.executable}
import json, os, pathlib, signal, subprocess, sys, time
def record(**more):
    with open(os.environ["STUB_CALLS"], "a") as calls:
        call = {{"program": pathlib.Path(sys.argv[0]).name, "arguments": sys.argv[1:], **more}}
        calls.write(json.dumps(call) + "\\n")
"""
_ONLY_RECORD = "record()\n"
_AWS = """
record()
import boto3
words = sys.argv[1:]
if words[:2] == ["s3", "cp"]:
    bucket, _, key = words[-2].removeprefix("s3://").partition("/")
    boto3.client("s3").download_file(bucket, key, words[-1])
elif words[0] == "logs":
    flags = dict(zip(words[2::2], words[3::2]))
    client = boto3.client("logs", region_name=flags["--region"])
    stream = {"logGroupName": flags["--log-group-name"], "logStreamName": flags["--log-stream-name"]}
    if words[1] == "create-log-stream":
        client.create_log_stream(**stream)
    else:
        events = pathlib.Path(flags["--log-events"].removeprefix("file://")).read_text()
        client.put_log_events(**stream, logEvents=json.loads(events))
else:
    assert words[:2] == ["autoscaling", "set-desired-capacity"], words
    flags = dict(zip(words[2::2], words[3::2]))
    boto3.client("autoscaling", region_name=flags["--region"]).set_desired_capacity(
        AutoScalingGroupName=flags["--auto-scaling-group-name"], DesiredCapacity=int(flags["--desired-capacity"]))
"""
_PYTHON311 = """
record()
if sys.argv[1:3] != ["-m", "venv"]:
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
folder = pathlib.Path(sys.argv[3]) / "bin"
folder.mkdir(parents=True)
(folder / "python").symlink_to(os.environ["STUB_PYTHON"])
"""
_PYTHON = """
if sys.argv[1:3] == ["-m", "pip"]:
    record(there=pathlib.Path(sys.argv[-1]).is_file())
elif sys.argv[1:4] == ["-m", "build_artifacts", "database"]:
    record(database=os.environ["LEADGEN_DATABASE_URL"])
elif sys.argv[1:4] == ["-m", "build_artifacts", "topics"]:
    record(database=os.environ["LEADGEN_DATABASE_URL"])
    os.execv(sys.executable, [sys.executable, os.environ["STUB_RUN"]])
else:
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
_SYSTEMCTL = """
record()
assert sys.argv[1:3] == ["enable", "--now"], sys.argv
home = os.environ["LEADGEN_HOME"]
lines = [line.partition("=")[::2] for line in pathlib.Path(sys.argv[3]).read_text().splitlines()]
unit = {name: value.replace("/opt/leadgen", home) for name, value in lines}
environment = {name: os.environ[name] for name in os.environ if name.startswith(("STUB_", "AWS_"))}
for line in pathlib.Path(unit["EnvironmentFile"]).read_text().splitlines():
    name, _, value = line.partition("=")
    environment[name] = value.strip("'")
folder = pathlib.Path(unit["WorkingDirectory"])
main = subprocess.Popen(unit["ExecStart"].split(), env=environment, cwd=folder, start_new_session=True)
pathlib.Path(home, "service.pid").write_text(str(main.pid))
code = main.wait()
record(unit_ended=code)
stop = unit["ExecStopPost"].removeprefix("+").removeprefix("/usr/sbin/").split()
subprocess.run(stop, env=environment, check=True)
"""
_SYSTEMD_RUN = """
record()
seconds, command = float(sys.argv[sys.argv.index("--on-active") + 1]), sys.argv[sys.argv.index("/bin/bash"):]
subprocess.Popen(["/bin/sh", "-c", f'sleep {seconds}; exec "$@"', "sh", *command], start_new_session=True)
"""
_SHUTDOWN = """
record()
service = pathlib.Path(os.environ["LEADGEN_HOME"], "service.pid")
if service.exists():
    try:
        os.kill(int(service.read_text()), signal.SIGTERM)
    except ProcessLookupError:
        pass
"""
_RUN = """
import json, os, pathlib, signal, sys, time
table, plan = pathlib.Path(os.environ["STUB_TABLE"]), json.loads(os.environ["STUB_PLAN"])
stopping = []
signal.signal(signal.SIGTERM, lambda *_: None if plan.get("deaf") else stopping.append(1))
starts = pathlib.Path(os.environ["STUB_TABLE"] + ".starts")
start = len(starts.read_text()) if starts.exists() else 0
starts.write_text("x" * (start + 1))
codes = plan.get("codes", [])
if start < len(codes) and codes[start]:
    print("leadgen topics: it does not work", file=sys.stderr)
    sys.exit(codes[start])
done = json.loads(table.read_text()) if table.exists() else []
for firm in range(plan["firms"]):
    if firm in done:
        continue
    if stopping:
        sys.exit(75)
    time.sleep(plan.get("seconds", 0.1))
    done.append(firm)
    new = table.with_suffix(".new")
    new.write_text(json.dumps(done))
    new.replace(table)
    print(json.dumps({"step": "firms", "firms": len(done), "of": plan["firms"]}), file=sys.stderr, flush=True)
"""
_STUBS = {
    "aws": _AWS, "curl": _ONLY_RECORD, "dnf": _ONLY_RECORD, "chown": _ONLY_RECORD, "useradd": _ONLY_RECORD,
    "nvidia-smi": _ONLY_RECORD, "python3.11": _PYTHON311, "systemctl": _SYSTEMCTL, "systemd-run": _SYSTEMD_RUN,
    "shutdown": _SHUTDOWN,
}  # fmt: skip


class Machine:
    """One instance after another in `folder`, which keeps what outlives them: the calls, and the finished firms."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.folder, self.variables, self.plan = folder, variables, {"firms": 5}
        self.calls_file, self.table = folder / "calls", folder / "table.json"
        self._stubs = folder / "stubs"
        self._stubs.mkdir()
        for name, body in _STUBS.items():
            _executable(self._stubs / name, _HEAD + body)
        _executable(folder / "python", _HEAD + _PYTHON)
        (folder / "run.py").write_text(_RUN)
        self._started = 0
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """A new instance begins with its user data."""
        self._started += 1
        home = self.folder / f"instance{self._started}"
        # First the stand-ins, as the real file names the virtual environment first.
        path = f"{home}/venv/bin:{self._stubs}:/usr/bin:/bin"
        written = self.folder / f"instance{self._started}.log"
        script = user_data({**self.variables, "PATH": path}, str(home))
        script = script.replace("/var/log/cloud-init-output.log", str(written))
        environment = {
            **{name: os.environ[name] for name in os.environ if name.startswith("AWS_")},
            "PATH": path, "LEADGEN_HOME": str(home), "PYTHONPATH": sysconfig.get_path("purelib"),
            "STUB_CALLS": str(self.calls_file), "STUB_TABLE": str(self.table), "STUB_PLAN": json.dumps(self.plan),
            "STUB_PYTHON": str(self.folder / "python"), "STUB_RUN": str(self.folder / "run.py"),
        }  # fmt: skip
        with written.open("w") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", script], env=environment, stdout=log, stderr=log, text=True, start_new_session=True
            )

    def wait(self, seconds: float = 60) -> None:
        """Until user data and service have ended."""
        assert self.process is not None
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(self.log) from None

    def wait_until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    def kill(self) -> None:
        """The power goes: nothing can tidy up."""
        assert self.process is not None
        service = int((self.folder / f"instance{self._started}" / "service.pid").read_text())
        for group in (self.process.pid, service):
            _kill_group(group)
        _kill_children_of(self.folder / "run.py")
        self.process.wait()

    @property
    def firms(self) -> list[int]:
        """Those that are finished."""
        return json.loads(self.table.read_text()) if self.table.exists() else []

    def calls(self, program: str) -> list[dict[str, Any]]:
        if not self.calls_file.exists():
            return []
        recorded = [json.loads(line) for line in self.calls_file.read_text().splitlines()]
        return [call for call in recorded if call["program"] == program]

    @property
    def log(self) -> str:
        return (self.folder / f"instance{self._started}.log").read_text()


def _executable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _kill_children_of(script: Path) -> None:
    for entry in Path("/proc").glob("[0-9]*"):
        # Others come and go in the meantime.
        with suppress(OSError):
            if str(script) in (entry / "cmdline").read_text().split("\0"):
                os.kill(int(entry.name), signal.SIGKILL)
