"""Search: the page style that gives a reader the most text for its tokens, on your own documents."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.cli.progress import ProgressLine

if TYPE_CHECKING:
    from smallprint.search.assembly import Asks
    from smallprint.search.config import SearchConfig
    from smallprint.search.finals import Row
    from smallprint.search.run import Done
    from smallprint.search.study import Study
    from smallprint.search.values import Trial

STUDY = "search.db"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=["run", "show", "export", "compare"],
        help="search, or look at studies: their best styles, a profile of one, several side by side",
    )
    parser.add_argument(
        "names", nargs="*", metavar="FILE|DIR", help="run: your documents; compare: the studies; else nothing"
    )
    parser.add_argument(
        "--study",
        default=STUDY,
        metavar="FILE|URL",
        help=f"a SQLite file, or a database as Optuna names it, for several workers (default: {STUDY}); a study that was stopped goes on, "
        "and its report lies in the folder of the same name",
    )
    parser.add_argument(
        "--reader",
        default="embedded",
        metavar="R",
        help="who reads: embedded (default), tesseract, openai:NAME, anthropic:NAME, local:NAME ...",
    )
    parser.add_argument("--base-url", metavar="URL", help="a server that speaks the provider's API, such as vLLM")
    parser.add_argument(
        "--family", metavar="NAME", help="whose visual tokens are counted, where the reader's name does not tell"
    )
    parser.add_argument("--language", default="eng", metavar="L", help="of Tesseract (default: eng)")
    parser.add_argument("--evaluations", type=int, default=100, metavar="N", help="styles to try (default: 100)")
    parser.add_argument(
        "--max-cer",
        type=float,
        default=0.01,
        metavar="X",
        help="share of characters that may be misread (default: 0.01)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the search (default: 0)")
    parser.add_argument("--proposer", default="mix", metavar="NAME", help="mix (default), llm, nsga2, tpe or random")
    parser.add_argument(
        "--analyst",
        metavar="R",
        help="the model that reads the trials and proposes styles, as --reader names one; without it rules stand in for a model",
    )
    parser.add_argument(
        "--batch",
        type=int,
        default=1,
        metavar="N",
        help="styles to be proposed at a time: with 4, a quarter of the prompts to the analyst (default: 1)",
    )
    parser.add_argument("--analyst-base-url", metavar="URL", help="its server")
    parser.add_argument(
        "--objectives",
        default="compression,fidelity",
        metavar="A,B",
        help="of compression, fidelity, exact, task, judge, dollars, latency (default: compression,fidelity)",
    )
    parser.add_argument(
        "--alpha", type=float, default=1.0, metavar="X", help="weight of accuracy in the scalar view (default: 1)"
    )
    parser.add_argument(
        "--beta", type=float, default=0.02, metavar="X", help="weight of compression in it (default: 0.02)"
    )
    parser.add_argument(
        "--knobs", choices=["core", "all"], default="core", help="all: indents, spacing, borders and page width too"
    )
    parser.add_argument(
        "--font",
        action="append",
        default=[],
        metavar="FILE",
        help="a face to try besides those that ship; may be given again",
    )
    parser.add_argument(
        "--excerpts",
        type=_rungs,
        metavar="N,N",
        help="excerpts of 3,000 characters that are read in each round; a style that cannot win is not read on (default: 3,9,27)",
    )
    parser.add_argument(
        "--tasks", metavar="A,B", help="tasks of `smallprint eval`, made from your documents, such as exact"
    )
    parser.add_argument("--samples", type=int, default=3, metavar="N", help="items of each task (default: 3)")
    parser.add_argument(
        "--questions", type=Path, metavar="FILE", help='your own questions: JSON lines of "question" and "answer"'
    )
    parser.add_argument("--judge", metavar="R", help="a model that marks the answers")
    parser.add_argument(
        "--max-tokens", type=int, metavar="N", help="stop when the reader has taken and given so many tokens"
    )
    parser.add_argument("--max-usd", type=float, metavar="X", help="stop when so many dollars are spent")
    parser.add_argument("--prices", metavar="FILE", help="your own price table")
    parser.add_argument("--trial", type=int, metavar="N", help="export, show: this one in place of the best")
    parser.add_argument("--top", type=int, default=10, metavar="N", help="show: rows (default: 10)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="export: the profile (default: standard output); compare: a picture"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(options: argparse.Namespace) -> int:
    from smallprint.errors import DataError
    from smallprint.search.distributions import need_optuna

    need_optuna()
    if options.action != "run" and options.action != "compare" and options.names:
        raise DataError(f"{options.action}: takes no files; name the study with --study")
    return {"run": _run, "show": _show, "export": _export, "compare": _compare}[options.action](options)


def _run(options: argparse.Namespace) -> int:
    from smallprint.errors import DataError
    from smallprint.render.inputs import open_source
    from smallprint.search.assembly import Assembly, report, write_profile
    from smallprint.search.run import to_json
    from smallprint.search.transcribers import transcriber_of

    if not options.names:
        raise DataError("run: give your documents: files or folders")
    if options.analyst and not {"mix", "llm"} & set(options.proposer.split(",")):
        raise DataError(f"--analyst: {options.proposer} asks nobody; give --proposer mix or llm")
    _keep_apart(options)
    choices: dict[str, Any] = {} if options.base_url is None else {"base_url": options.base_url}
    config = _config(options)
    transcriber = transcriber_of(
        options.reader, family=options.family, prices=options.prices, language=options.language, **choices
    )
    ask = _analyst(options)
    assembly = Assembly(
        config,
        open_source(options.names),
        transcriber,
        options.study,
        command=_command(),
        asks=_asks(options, choices),
        ask_analyst=ask,
    )
    progress, last = ProgressLine("style"), ProgressLine("finalist")
    try:
        done = assembly.search.go(on_trial=lambda n, of, trial: progress(n, of), progress=last)
    finally:
        progress.close()
        last.close()
        assembly.study.close()
    page = report(assembly.study, assembly.folder)
    profile = write_profile(assembly.study, assembly.folder)
    if options.json:
        print(json.dumps(to_json(done, config, assembly.space), ensure_ascii=False))
        return 0
    print("\n".join(_told(done, config.weights.max_cer)))
    print(f"  report: {page}")
    if profile:
        hint = "" if options.reader == "tesseract" else f" (smallprint ask FILE QUESTION --profile {profile})"
        print(f"  profile: {profile}{hint}")
    return 0


def _command() -> str:
    """As it was typed, but for passwords in addresses and bytes that are not UTF-8."""
    from smallprint.render.source import printable
    from smallprint.search.transcribers import without_secrets

    parts = [without_secrets(part) if "://" in part else part for part in sys.argv[1:]]
    return printable(shlex.join(["smallprint", *parts]))


def _keep_apart(options: argparse.Namespace) -> None:
    """Raises `DataError` where the study's files would lie among the documents, and be searched the next time."""
    from smallprint.errors import DataError
    from smallprint.search.assembly import folder_of

    folder = folder_of(options.study).resolve()
    for name in options.names:
        if Path(name).is_dir() and folder.is_relative_to(Path(name).resolve()):
            raise DataError(
                f"--study {options.study}: its report would lie among the documents in {name}; name a place outside"
            )


def _config(options: argparse.Namespace) -> SearchConfig:
    from smallprint.search.config import SearchConfig
    from smallprint.search.evaluate import RUNGS
    from smallprint.search.values import Weights

    return SearchConfig(
        reader=options.reader,
        evaluations=options.evaluations,
        seed=options.seed,
        proposer=options.proposer,
        analyst=options.analyst or "rules",
        objectives=tuple(name.strip() for name in options.objectives.split(",") if name.strip()),
        weights=Weights(alpha=options.alpha, beta=options.beta, max_cer=options.max_cer),
        level=options.knobs,
        fonts=tuple(options.font),
        batch=options.batch,
        rungs=options.excerpts or RUNGS,
        max_tokens=options.max_tokens,
        max_usd=options.max_usd,
    )


def _analyst(options: argparse.Namespace) -> Any:
    if options.analyst is None:
        return None
    from smallprint.readers import reader
    from smallprint.search.proposers.asked import asked_of

    choices: dict[str, Any] = {} if options.analyst_base_url is None else {"base_url": options.analyst_base_url}
    made = reader(options.analyst, **choices)
    made.check()
    return asked_of(made)


def _asks(options: argparse.Namespace, choices: dict[str, Any]) -> Asks | None:
    from smallprint.readers import reader
    from smallprint.search.assembly import Asks

    if not options.tasks and options.questions is None and options.judge is None:
        return None
    judge = None if options.judge is None else reader(options.judge)
    if judge is not None:
        judge.check()
    asked = None if options.reader == "tesseract" else reader(options.reader, family=options.family, **choices)
    return Asks(
        reader=asked,
        tasks=tuple(name.strip() for name in (options.tasks or "").split(",") if name.strip()),
        samples=options.samples,
        questions=options.questions,
        judge=judge,
        prices=options.prices,
    )


def _show(options: argparse.Namespace) -> int:
    from smallprint.search.assembly import folder_of, report, space_of
    from smallprint.search.run import trial_json

    study = _study(options.study)
    trials, space = study.trials(), space_of(study.config)
    if options.trial is not None:
        print(
            json.dumps(
                trial_json(_trial(trials, options.trial), space), indent=None if options.json else 2, ensure_ascii=False
            )
        )
        return 0
    notes = study.notes()
    if options.json:
        told = {
            "config": study.config,
            "trials": [trial_json(trial, space) for trial in trials],
            "winner": notes.get("winner"),
            "held_out": notes.get("held_out", []),
            "hypervolume": study.goal.hypervolume(trials),
        }
        print(json.dumps(told, ensure_ascii=False))
        return 0
    counts = {
        state: sum(trial.state == state for trial in trials) for state in ("done", "running", "waiting", "failed")
    }
    print(
        f"{options.study}: {', '.join(f'{n} {state}' for state, n in counts.items() if n)}; read by {study.config['reader']}"
    )
    whole = [trial for trial in trials if trial.scores and trial.scores.complete]
    shown = study.goal.front(whole)[::-1][: options.top]
    print(f"  {'trial':>5}  {'ratio':>6}  {'wrong':>7}  {'exact':>6}  by, and the style")
    for trial in shown:
        print(_row(trial, trial.number == notes.get("winner")))
    folder = folder_of(options.study)
    if folder.is_dir():
        print(f"  report: {report(study, folder)}")
    return 0


def _row(trial: Trial, is_winner: bool) -> str:
    scores = trial.scores
    assert scores is not None
    exact = "" if scores.exact is None else f"{scores.exact:.0%}"
    genome = trial.genome
    look = f"{genome['face']} {genome['size']:g} px, {genome['page']}, {genome['newline']}"
    mark = " <- best" if is_winner else ""
    return f"  {trial.number:>5}  {scores.compression:>5.1f}x  {scores.cer:>7.2%}  {exact:>6}  {trial.proposal.proposer}: {look}{mark}"


def _export(options: argparse.Namespace) -> int:
    from smallprint.search.assembly import profile_of

    profile = profile_of(_study(options.study), options.trial)
    if options.out is None:
        print(profile.to_toml(), end="")
        return 0
    profile.save(options.out)
    print(f"{options.out}: the style of trial {profile.about['trial']}, read by {profile.reader}")
    return 0


def _compare(options: argparse.Namespace) -> int:
    from smallprint.errors import DataError
    from smallprint.search.compare import compared, draw

    if len(options.names) < 2:
        raise DataError("compare: give two or more studies")
    rows = compared([(name, _study(name)) for name in options.names])
    if options.out is not None:
        draw(rows, options.out)
    if options.json:
        print(json.dumps([row.to_json() for row in rows], ensure_ascii=False))
        return 0
    print(f"  {'study':<24}  {'styles':>6}  {'hypervolume':>11}  {'best ratio':>10}  {'wrong':>7}")
    for row in rows:
        best = (
            f"{row.ratio:>9.1f}x  {row.cer:>7.2%}" if row.ratio is not None and row.cer is not None else f"{'none':>10}"
        )
        print(f"  {row.name:<24}  {row.n_trials:>6}  {row.hypervolume:>11.3f}  {best}")
    return 0


def _study(where: str) -> Study:
    from smallprint.search.study import Study

    return Study.read(where)


def _trial(trials: list[Trial], number: int) -> Trial:
    from smallprint.errors import DataError

    for trial in trials:
        if trial.number == number:
            return trial
    raise DataError(f"--trial: there is no trial {number}; the study has 0 to {len(trials) - 1}")


def _told(done: Done, max_cer: float) -> list[str]:
    lines: list[str] = []
    rows = {row.name: row for row in done.rows}
    best, flow = rows.get("best"), rows["flow"]
    if best is None or done.winner is None:
        lines.append(f"no style was read with at most {max_cer:.1%} of its characters wrong")
    else:
        gain = best.scores.compression / flow.scores.compression
        lines.append(
            f"best: trial {done.winner.trial}, {best.scores.compression:.1f}x, {gain:.2f} times as dense as flow; "
            "on text that the search did not use:"
        )
    lines += [_line(row) for row in done.rows]
    if done.why:
        lines.append(f"  stopped early: {done.why}")
    return lines


def _line(row: Row) -> str:
    scores = row.scores
    low, high = scores.cer_interval
    exact = "" if scores.exact is None else f", exact strings {scores.exact:.0%} of {scores.exact_n}"
    return f"  {row.name:<9} {scores.compression:>5.1f}x  {scores.cer:.2%} wrong ({low:.2%} to {high:.2%}) of {scores.chars:,}{exact}"


def _rungs(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))
