"""`leadgen embed`: what it reads from its flags, and what it prints."""

import argparse
import json

from build_artifacts.embed.flags import add_embed_flags, embed_options
from build_artifacts.embed.run import run_embed


def add_embed_command(parser: argparse.ArgumentParser) -> None:
    """The flags of `leadgen embed`, and what it runs."""
    add_embed_flags(parser)
    parser.set_defaults(run=embed)


def embed(options: argparse.Namespace) -> None:
    """Embed a table and print what was done, as JSON."""
    print(json.dumps(run_embed(embed_options(options)), indent=1))
