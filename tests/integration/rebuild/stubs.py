"""Stand-ins for what a build calls outside Python: `docker`, `aws`, and the image's own `python`.

Each writes its arguments, and what came on standard input, as a line of JSON to $STUB_CALLS. `docker buildx build`
registers an image in ECR whose manifest stands for every byte, mode and time of the context, and writes the file of
metadata as BuildKit does.
"""

import json
import stat
import sys
import sysconfig
from pathlib import Path
from typing import Any

_RECORD = """
import hashlib, json, os, pathlib, subprocess, sys
def record(**more):
    with open(os.environ["STUB_CALLS"], "a") as calls:
        calls.write(json.dumps({"program": PROGRAM, "arguments": sys.argv[1:], **more}) + "\\n")
"""
_AWS = """
PROGRAM = "aws"
record()
print("a-password-of-twelve-hours")
"""
_DOCKER = """
PROGRAM = "docker"
if sys.argv[1] == "login":
    record(stdin=sys.stdin.read())
    sys.exit()
record()
if os.environ.get("STUB_DOCKER_FAILS"):
    sys.exit("the registry is not there")
assert sys.argv[1:3] == ["buildx", "build"], sys.argv
flags = {name: sys.argv[sys.argv.index(name) + 1] for name in ("--metadata-file", "--tag", "--target")}
context = pathlib.Path(sys.argv[-1])
content = hashlib.sha256(flags["--target"].encode())
for path in sorted(context.rglob("*")):
    facts = path.stat()
    content.update(f"{path.relative_to(context)} {facts.st_mode} {facts.st_mtime_ns}\\n".encode())
    content.update(path.read_bytes() if path.is_file() else b"")
import boto3
kind = "application/vnd.oci.image.manifest.v1+json"
manifest = {"schemaVersion": 2, "mediaType": kind, "layers": [], "config": {"digest": "sha256:" + content.hexdigest()}}
repository, _, tag = flags["--tag"].partition("/")[2].partition(":")
text = json.dumps(manifest)
digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
boto3.client("ecr").put_image(repositoryName=repository, imageManifest=text, imageTag=tag, imageDigest=digest)
pathlib.Path(flags["--metadata-file"]).write_text(json.dumps({"containerimage.digest": digest}))
"""
_PYTHON = """
PROGRAM = "python"
record()
assert sys.argv[1:3] == ["-m", "venv"], sys.argv
subprocess.run([sys.executable, "-m", "venv", "--without-pip", sys.argv[3]], check=True)
site = next(pathlib.Path(sys.argv[3]).glob("lib/python*/site-packages"))
(site / "installed.pth").write_text(PACKAGES)
"""


def write_stubs(folder: Path) -> Path:
    """Write the stubs. A virtual environment that they make has this one's packages: pip finds them in place."""
    folder.mkdir(parents=True)
    packages = f"PACKAGES = {sysconfig.get_path('purelib')!r}\n"
    for name, body in (("aws", _AWS), ("docker", _DOCKER), ("python", packages + _PYTHON)):
        path = folder / name
        path.write_text(f"#!{sys.executable}\n{_RECORD}{body}", "utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return folder


def calls(path: Path, program: str) -> list[dict[str, Any]]:
    """What one of the programs was called with, in order."""
    if not path.exists():
        return []
    recorded = [json.loads(line) for line in path.read_text().splitlines()]
    return [call for call in recorded if call["program"] == program]
