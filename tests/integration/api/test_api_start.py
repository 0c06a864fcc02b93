"""Start and stop of the server process."""

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[3]
SERVER = [sys.executable, "-m", "functions.api.server"]


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(SERVER, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def refuses(environment: dict[str, str], *named: str) -> None:
    ended = start(environment)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    for word in named:
        assert word in ended.stderr


def test_without_a_bundle_it_says_how_to_build_one(sample_bundle: Any, tmp_path: Path) -> None:
    refuses(sample_bundle.environment | {"LEADGEN_BUNDLE_PATH": str(tmp_path)}, str(tmp_path), "leadgen indices")


def test_with_a_malformed_setting_it_names_it(sample_bundle: Any) -> None:
    refuses(sample_bundle.environment | {"LEADGEN_MAX_LEADS": "many"}, "LEADGEN_MAX_LEADS")


def test_with_another_digest_key_it_refuses_the_bundle(sample_bundle: Any) -> None:
    refuses(sample_bundle.environment | {"LEADGEN_DIGEST_KEY": "x" * 32}, "LEADGEN_DIGEST_KEY")


@pytest.mark.parametrize("damage", ["flipped", "cut", "absent"])
def test_a_damaged_bundle_is_refused_by_the_name_of_the_file(sample_bundle: Any, tmp_path: Path, damage: str) -> None:
    artifacts = tmp_path / "artifacts"
    shutil.copytree(sample_bundle.artifacts, artifacts)
    path = artifacts / sample_bundle.folder.name / "customers/rows/rows.json"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink() if damage == "absent" else path.write_bytes(content[:-1] if damage == "cut" else content)
    refuses(sample_bundle.environment | {"LEADGEN_BUNDLE_PATH": str(artifacts)}, "rows.json")


def test_requests_in_progress_are_finished_when_told_to_stop(serve: Callable[..., Any], lead: dict[str, Any]) -> None:
    with serve() as server:
        answers: list[int] = []

        def ask() -> None:
            leads = {"leads": [lead | {"bio": f"{lead['bio']} {i}"} for i in range(200)]}
            answers.append(httpx.post(f"{server.url}/score_leads", json=leads, timeout=60).status_code)

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        asking.join(60)
        assert answers == [200]
        assert server.process.wait(20) in (0, -signal.SIGTERM)


def test_serving_imports_nothing_that_only_building_needs(sample_bundle: Any, tmp_path: Path) -> None:
    script = tmp_path / "serve_once.py"
    script.write_text(
        "import asyncio, sys\n"
        "from leadgen.settings import read_settings\n"
        "from functions.api.start import open_app\n"
        "import functions.api.server, mangum\n"
        "import httpx\n"
        "app = open_app(read_settings())\n"
        "async def ask():\n"
        "    transport = httpx.ASGITransport(app)\n"
        "    async with httpx.AsyncClient(transport=transport, base_url='http://test') as client:\n"
        "        lead = {'bio': 'x', 'email': 'someone@somewhere.example', 'web_activity_score': 1}\n"
        "        assert (await client.post('/score_lead', json=lead)).status_code == 200\n"
        "        query = {'description': 'solar', 'excluded_domains': ['a.example']}\n"
        "        assert (await client.post('/similar_companies', json=query)).status_code == 200\n"
        "asyncio.run(ask())\n"
        "print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    ended = subprocess.run(
        [sys.executable, str(script)],
        env=sample_bundle.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(ended.stdout.splitlines()[-1].split())
    builders = {
        "pandas",
        "pyarrow",
        "sklearn",
        "scipy",
        "torch",
        "transformers",
        "onnx",
        "safetensors",
        "s3fs",
        "fsspec",
    }
    assert not imported & (builders | {"boto3", "botocore", "build_artifacts", "huggingface_hub"})
