"""The command line: parses, calls, prints.

One module a verb, each with `configure` (its arguments) and `run` (its work, which returns the exit code). Exit codes: 0 fine, 1 a
threshold was not met, 2 bad input or use. Modules import what is heavy inside `run`, so that ``--help`` is quick.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from smallprint._version import __version__
from smallprint.cli import ask, estimate, render
from smallprint.errors import SmallprintError

_VERBS = {"estimate": estimate, "render": render, "ask": ask}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="smallprint",
        description="Long context in small print: text as dense pages that vision-language models read for fewer tokens.",
    )
    parser.add_argument("--version", action="version", version=f"smallprint {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, module in _VERBS.items():
        summary = (module.__doc__ or "").split("\n", 1)[0]
        verb = verbs.add_parser(name, help=summary, description=summary)
        module.configure(verb)
        verb.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except SmallprintError as error:
        print(f"smallprint: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("smallprint: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
