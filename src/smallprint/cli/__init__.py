"""The command line: parses, calls, prints.

One module a verb, each with `configure` (its arguments) and `run` (its work, which returns the exit code). Exit codes: 0 fine, 1 a
threshold was not met, 2 bad input or use. Modules import what is heavy inside `run`, so that ``--help`` is quick.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from smallprint._version import __version__
from smallprint.cli import ask, bench, calibrate, estimate, eval, proofread, read, render, search, train
from smallprint.errors import SmallprintError

_MAX_MESSAGE = 1200
_VERBS = {
    "estimate": estimate,
    "render": render,
    "ask": ask,
    "read": read,
    "proofread": proofread,
    "eval": eval,
    "search": search,
    "calibrate": calibrate,
    "bench": bench,
    "train": train,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="smallprint",
        description="Long context in small print: text as dense pages that vision-language models read for fewer tokens.",
    )
    parser.add_argument("--version", action="version", version=f"smallprint {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    parsers: dict[str, argparse.ArgumentParser] = {}
    for name, module in _VERBS.items():
        summary = (module.__doc__ or "").split("\n", 1)[0]
        parsers[name] = verbs.add_parser(name, help=summary, description=summary)
        module.configure(parsers[name])
    if not given or given[0] not in parsers:
        parser.parse_args(given)
    # Files, options and the question may come in any order, which argparse does not allow below a verb.
    options = parsers[given[0]].parse_intermixed_args(given[1:])
    return _guarded(lambda: _VERBS[given[0]].run(options))


def _guarded(run: Callable[[], int]) -> int:
    """Run a verb; what goes wrong for reasons outside this program is one line on standard error."""
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        # A terminal that cannot show a character shows its number.
        reconfigure(errors="backslashreplace")
    try:
        code = run()
        sys.stdout.flush()
        return code
    except SmallprintError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        print("smallprint: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`| head`).
        _discard_output()
        return 141
    except OSError as error:
        _discard_output()
        return _fail(str(error))


def _fail(message: str) -> int:
    line = " ".join(message.split())
    if len(line) > _MAX_MESSAGE:
        # What is wrong stands at the beginning, what is allowed at the end.
        line = f"{line[: _MAX_MESSAGE // 2]} ... {line[-_MAX_MESSAGE // 2 :]}"
    print(f"smallprint: {line}", file=sys.stderr)
    return 2


def _discard_output() -> None:
    """Keep the interpreter from writing what is left, and failing once more, at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
