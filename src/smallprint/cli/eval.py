"""Evaluate: the same questions with the context as text and as pages, scored, with intervals and a report."""

from __future__ import annotations

import argparse
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.cli.progress import ProgressLine

if TYPE_CHECKING:
    from smallprint.evals.sample import Sample
    from smallprint.render import Style

_STYLES = "flow"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action", choices=["run", "report", "tasks"], help="run tasks, write a run's report anew, or list the tasks"
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="TASK|DIR",
        help="suites or tasks (ruler, ruler/vt, longbench/qasper ...); for report, a run's folder",
    )
    parser.add_argument(
        "--reader",
        default="embedded",
        metavar="R",
        help="embedded, openai:NAME, anthropic:NAME ... (default: embedded)",
    )
    parser.add_argument("--base-url", metavar="URL", help="a server that speaks the provider's API, such as vLLM")
    parser.add_argument("--family", metavar="NAME", help="how the model counts images, where its name does not tell")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where the log and the report go; a run that was stopped goes on from there",
    )
    parser.add_argument(
        "--lengths",
        type=_lengths,
        default=(),
        metavar="N,N",
        help="tokens of prompt and answer, as in 4096 or 4k,8k (default: 4k); of a data set, items of up to the longest (default: all)",
    )
    parser.add_argument(
        "--samples", type=_positive, default=10, metavar="N", help="items of each task at each length (default: 10)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the generated items (default: 0)")
    parser.add_argument("--tokenizer", default="qwen", metavar="NAME", help="whose tokens lengths are (default: qwen)")
    parser.add_argument(
        "--styles",
        default=_STYLES,
        metavar="A,B",
        help="styles of the pages; other arms get the tokens of the first (default: flow)",
    )
    parser.add_argument("--dpi", type=_lengths, default=(), metavar="N,N", help="each style at these resolutions")
    parser.add_argument(
        "--arms",
        metavar="A,B",
        help="of text, pages, pins, truncated, deleted, bm25, summary (default: all but summary)",
    )
    parser.add_argument("--data", metavar="PATH|NAME", help="a task's data: a file, a folder, or a data set on the hub")
    parser.add_argument("--revision", metavar="R", help="of a data set on the hub")
    parser.add_argument(
        "--convention",
        default="official",
        metavar="NAME",
        help="how predictions are cleaned: official (default) or glyph",
    )
    parser.add_argument("--concurrency", type=_positive, default=8, metavar="N", help="requests at a time (default: 8)")
    parser.add_argument("--max-usd", type=float, metavar="X", help="stop before more is spent")
    parser.add_argument("--prices", metavar="FILE", help="your own price table")
    parser.add_argument(
        "--window",
        type=_positive,
        metavar="N",
        help="tokens that the model takes: longer text prompts are cut in the middle",
    )
    parser.add_argument(
        "--max-output-tokens",
        type=_positive,
        metavar="N",
        help="in place of the tasks' own, for models that think aloud",
    )
    parser.add_argument("--temperature", type=float, metavar="T", help="by default the model's own")
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        help="where replies are kept, for several runs to share (default: in --out)",
    )
    parser.add_argument(
        "--pdf-dpi", type=float, default=96, metavar="N", help="resolution of pages taken from a PDF (default: 96)"
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")


def run(options: argparse.Namespace) -> int:
    from smallprint.errors import DataError

    if options.action == "tasks":
        return _tasks(options)
    if options.action == "report":
        if len(options.names) != 1:
            raise DataError("report: give the folder of one run")
        return _report(Path(options.names[0]), options)
    if not options.names:
        raise DataError("run: give a task or a suite; `smallprint eval tasks` lists them")
    if options.out is None:
        raise DataError("--out: give a folder for the log and the report")
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    from smallprint.errors import ReaderError
    from smallprint.evals.config import RunConfig
    from smallprint.evals.report.files import write_report
    from smallprint.evals.run import Run
    from smallprint.evals.task import Wanted
    from smallprint.readers import reader

    choices: dict[str, Any] = {} if options.base_url is None else {"base_url": options.base_url}
    made = reader(options.reader, family=options.family, **choices)
    made.check()
    if made.family is None:
        raise ReaderError(f"--family: the name {made.model!r} does not tell how the model counts images")
    config = RunConfig(
        tasks=tuple(options.names),
        wanted=Wanted(
            lengths=options.lengths,
            samples=options.samples,
            seed=options.seed,
            tokenizer=options.tokenizer,
            data=options.data,
            revision=options.revision,
        ),
        styles=_styles(options),
        arms=_arms(options),
        family=made.family,
        convention=options.convention,
        concurrency=options.concurrency,
        max_usd=options.max_usd,
        window=options.window,
        max_output_tokens=options.max_output_tokens,
        temperature=options.temperature,
        prices=options.prices,
        pdf_dpi=options.pdf_dpi,
    )
    progress = ProgressLine("sample")

    def told(n_done: int, of: int | None, _sample: Sample) -> None:
        progress(n_done, max(n_done, of or n_done))

    try:
        done = Run(config, made, options.out, cache=options.cache).go(on_sample=told)
    finally:
        progress.close()
    found = write_report(options.out, samples=done.samples)
    _show(found, options)
    if done.why:
        print(f"smallprint: {done.why}", file=sys.stderr)
    return 1 if done.why else 0


def _arms(options: argparse.Namespace) -> tuple[str, ...]:
    """Those that are asked for; by default all that this installation can do."""
    from smallprint.evals.config import DEFAULT_ARMS

    if options.arms is not None:
        return tuple(arm.strip() for arm in options.arms.split(",") if arm.strip())
    if find_spec("bm25s") is None:
        print('smallprint: without the arm bm25: pip install "smallprint[eval]"', file=sys.stderr)
        return tuple(arm for arm in DEFAULT_ARMS if arm != "bm25")
    return DEFAULT_ARMS


def _report(folder: Path, options: argparse.Namespace) -> int:
    from smallprint.evals.report.files import write_report

    _show(write_report(folder), options)
    return 0


def _show(found: dict[str, Any], options: argparse.Namespace) -> None:
    from smallprint.evals.report.files import HTML
    from smallprint.evals.report.markdown import markdown

    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    print(markdown(found, found["notes"]))
    print(f"{(options.out or Path(options.names[0])) / HTML} has the pictures and the worst misses")


def _tasks(options: argparse.Namespace) -> int:
    from smallprint.evals.tasks import all_tasks

    rows = [
        {"task": name, "suite": task.suite, "group": task.group, "embedded": task.rule is not None}
        for name, task in all_tasks().items()
    ]
    if options.json:
        print(json.dumps(rows))
    else:
        print("\n".join(f"{row['task']:36} {'' if row['embedded'] else 'needs a model'}".rstrip() for row in rows))
    return 0


def _styles(options: argparse.Namespace) -> dict[str, Style]:
    """By the names that arms get: presets by theirs, files by theirs without folder and ending."""
    from smallprint.errors import StyleError
    from smallprint.render import Style

    styles: dict[str, Style] = {}

    def add(name: str, style: Style) -> None:
        if styles.get(name, style) != style:
            raise StyleError(f"--styles: two styles are called {name}; give their files other names")
        styles[name] = style

    for given in filter(None, map(str.strip, options.styles.split(","))):
        style = Style.load(given)
        short = Path(given).stem if given.endswith((".json", ".toml")) else given
        for dpi in options.dpi:
            add(f"{short}@{dpi}", style.with_keys({"dpi": dpi}))
        if not options.dpi:
            add(short, style)
    return styles


def _positive(text: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _lengths(text: str) -> tuple[int, ...]:
    """`4096,8k,1m` as numbers; k and m are 1024 and 1024 squared, as the benchmarks count."""
    found: list[int] = []
    for part in text.lower().split(","):
        factor = {"k": 1024, "m": 1024 * 1024}.get(part.strip()[-1:], 1)
        number = part.strip().rstrip("km")
        if not number.isdigit() or int(number) < 1:
            raise argparse.ArgumentTypeError(f"{part!r} is not a whole number from 1, such as 4096 or 4k")
        found.append(int(number) * factor)
    return tuple(found)
