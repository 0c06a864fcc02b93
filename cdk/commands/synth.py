"""`make synth`: the templates, without network, Docker or credentials."""

import json
import sys
import time
from collections import Counter
from pathlib import Path

from cdk.app import ROOT, build_app, chosen_settings
from cdk.settings import Settings


def synthesise(settings: Settings) -> list[str]:
    """Write the templates into `cdk.out`, print what each holds, and return the stacks' names."""
    began = time.monotonic()
    app = build_app(settings, ROOT / "cdk.out")
    try:
        stacks = app.synth().stacks
    except RuntimeError as error:
        # The library has printed cdk-nag's findings.
        sys.exit(f"cdk: {str(error).splitlines()[0]}")
    for stack in stacks:
        print(_line(stack.stack_name, Path(stack.template_full_path)))
    print(f"{len(stacks)} stacks in {time.monotonic() - began:.1f} s, in cdk.out", flush=True)
    return [stack.stack_name for stack in stacks]


def _line(name: str, path: Path) -> str:
    resources = json.loads(path.read_text("utf-8")).get("Resources", {})
    services = Counter(resource["Type"].split("::")[1] for resource in resources.values() if "::" in resource["Type"])
    counted = ", ".join(f"{service} {count}" for service, count in services.most_common())
    return f"{name}: {len(resources)} resources ({counted})"


if __name__ == "__main__":
    synthesise(chosen_settings(sys.argv[1] if len(sys.argv) > 1 else "dev"))
