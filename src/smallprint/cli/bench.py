"""Measure: how fast pages are drawn, next to others; how much text a visual token carries; what pages buy a model."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from smallprint.cli import bench_model
from smallprint.cli.options import number_between
from smallprint.cli.progress import ProgressLine

if TYPE_CHECKING:
    from smallprint.bench.density import DensityReport
    from smallprint.bench.results import CaseResult, EngineResult, SpeedReport


class _Subject(NamedTuple):
    """What is measured: a word below the verb, with arguments of its own."""

    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("subject", choices=list(_SUBJECTS), help="what is measured")
    parser.add_argument("inputs", nargs="*", metavar="FILE", help="text to measure on; .py files are taken as code")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="write a picture of the figures")
    for subject in _SUBJECTS.values():
        subject.configure(parser)


def run(options: argparse.Namespace) -> int:
    return _SUBJECTS[options.subject].run(options)


def _configure_render(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "bench render", "CPU seconds for drawing a text to PNG in memory, by several engines"
    )
    group.add_argument("--rounds", type=int, default=5, metavar="N", help="interleaved rounds (default: 5)")
    group.add_argument(
        "--engines", metavar="A,B", help="ours, ours-small, ours-numpy, yardstick, pillow, skia, floor; pdf-lines"
    )
    group.add_argument("--cases", metavar="A,B", help="prose-plain, prose-running, code, long-line (default: all)")
    group.add_argument(
        "--chars",
        type=number_between(1, 100_000_000),
        default=1_000_000,
        metavar="N",
        help="length to which texts are cut (default: 1,000,000)",
    )
    group.add_argument(
        "--threads",
        type=int,
        default=2,
        metavar="N",
        help="ours on this many threads too, in wall time; 1 for not (default: 2)",
    )
    group.add_argument(
        "--sample", type=int, metavar="PAGES", help="measure slow engines on the first pages only, scaled by characters"
    )


def _run_render(options: argparse.Namespace) -> int:
    from smallprint.bench import plot
    from smallprint.bench.engines import DEFAULT_ENGINES
    from smallprint.bench.speed import Settings, measure_speed
    from smallprint.bench.texts import CASES, case_texts, choose
    from smallprint.errors import DataError

    if options.text:
        raise DataError("--text is of bench density; bench render takes files without it")
    settings = Settings(
        rounds=options.rounds,
        engines=tuple(_names(options.engines)) if options.engines is not None else DEFAULT_ENGINES,
        threads=options.threads,
        sample=options.sample,
    )
    cases = choose(_names(options.cases) if options.cases is not None else list(CASES))
    if options.plot is not None:
        plot.check(options.plot)
    texts = case_texts(cases, options.inputs, int(options.chars))
    progress = ProgressLine("run")
    try:
        report = measure_speed(texts, settings, progress=progress)
    finally:
        progress.close()
    if options.plot is not None:
        plot.plot(report, options.plot)
    print(json.dumps(report.to_json(), ensure_ascii=False) if options.json else "\n".join(_tables(report)))
    return 1 if report.n_different else 0


def _configure_density(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "bench density", "character errors of the embedded reader against text tokens a visual token"
    )
    group.add_argument("--text", action="append", default=[], metavar="FILE", help="the same as FILE above")
    group.add_argument(
        "--styles",
        metavar="A,B",
        help="presets or style files (default: flow, dense, fine-8 to fine-4, learned-4; bench model: flow, fine-7, and profile:FILE too)",
    )
    group.add_argument(
        "--families", metavar="A,B", help="model families with tokens of a fixed size (default: glm-4.1v, qwen3-vl)"
    )
    group.add_argument("--kinds", metavar="A,B", help="prose, code, strings (default: all)")
    group.add_argument("--damages", metavar="A,B", help="none, jpeg, resize (default: none)")
    group.add_argument(
        "--pages", type=number_between(1, 10_000), default=3, metavar="N", help="full pages of each style (default: 3)"
    )
    group.add_argument("--seed", type=int, default=1, metavar="N", help="of the strings at random (default: 1)")
    group.add_argument(
        "--prior", action="store_true", help="also with doubtful letters changed where that makes a common word"
    )


def _run_density(options: argparse.Namespace) -> int:
    from smallprint.bench import density, density_plot, plot
    from smallprint.errors import DataError

    chosen = {
        name: tuple(_names(given))
        for name in ("styles", "families", "kinds", "damages")
        if (given := getattr(options, name)) is not None
    }
    settings = density.Settings(pages=int(options.pages), seed=options.seed, prior=options.prior, **chosen)
    if options.plot is not None:
        plot.check(options.plot)
        if "none" not in settings.damages:
            raise DataError("--plot: shows pages without damage; put none among --damages")
    texts = density.kind_texts([*options.inputs, *options.text], settings.kinds, seed=settings.seed)
    progress = ProgressLine("measurement")
    try:
        report = density.measure_density(texts, settings, progress=progress)
    finally:
        progress.close()
    if options.plot is not None:
        density_plot.plot(report, options.plot)
    print(json.dumps(report.to_json(), ensure_ascii=False) if options.json else "\n".join(_density_table(report)))
    return 0


def _density_table(report: DensityReport) -> list[str]:
    lines = [
        *(f"{kind}: {name}" for kind, name in report.texts.items()),
        "",
        f"{'family':12} {'kind':8} {'style':8} {'damage':7} {'ratio':>6} {'chars/token':>11} {'errors':>8} {'95% interval':>18} "
        f"{'guessed':>8} {'words':>7} {'sure':>7} {'wrong of sure':>14} {'errors in doubt':>16} {'s/page':>7}",
    ]
    for row in report.rows:
        low, high = row.cer_interval
        guessed = "" if row.cer_with_prior is None else f"{row.cer_with_prior:.3%}"
        lines.append(
            f"{row.family:12} {row.kind:8} {row.style:8} {row.damage:7} {row.ratio:5.1f}x {row.chars_a_token:11.1f} {row.cer:8.3%} "
            f"{f'{low:.3%} to {high:.3%}':>18} {guessed:>8} {row.word_errors:7.2%} {row.sure:7.1%} {row.wrong_of_sure:14.4%} "
            f"{row.errors_in_doubt:16.1%} {row.seconds_a_page:7.2f}"
        )
    return lines


def _names(given: str) -> list[str]:
    return [name.strip() for name in given.split(",") if name.strip()]


def _tables(report: SpeedReport) -> list[str]:
    machine = report.machine
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores, {machine['python']}; CPU seconds of one thread, "
        f"median of {report.rounds} interleaved rounds"
    ]
    if report.versions["kernel"] != "on":
        lines.append("smallprint runs without its C kernel here: ours is the NumPy reference")
    for case in report.cases:
        lines += ["", *_table(case)]
    return lines


def _table(case: CaseResult) -> list[str]:
    lines = [
        f"{case.case}: {case.what}; {case.n_chars:,} characters of {case.text}, {case.n_pages:,} pages, style {case.style}",
        f"{'engine':11} {'chars/s':>13} {'pages/s':>10} {'CPU s':>9} {'bytes/1,000':>12}  times the yardstick",
    ]
    return [*lines, *(_row(row) for row in case.engines), *_notes(case)]


def _row(row: EngineResult) -> str:
    if row.missing is not None:
        return f"{row.engine:11} {row.missing}"
    figures = row.to_json()
    size, ratio = figures["bytes_per_1000_chars"], figures["ratio"]
    shown = "-"
    if ratio is not None:
        low, high = figures["ratio_range"]
        shown = _times(ratio) if low == high else f"{_times(ratio)} ({_times(low)} to {_times(high)})"
    return (
        f"{row.engine:11} {figures['chars_per_second']:>13,.0f} {figures['pages_per_second']:>10,.1f} {row.seconds:>9.3g} "
        f"{'-' if size is None else f'{size:,.0f}':>12}  {shown}"
    )


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"


def _notes(case: CaseResult) -> list[str]:
    notes: list[str] = []
    for row in case.engines:
        if row.split is not None:
            parts = row.split
            notes.append(
                f"{row.engine}: layout {parts.layout_seconds:.3f} s, raster {parts.raster_seconds:.3f} s, "
                f"encode {parts.encode_seconds:.3f} s"
            )
        if row.threads is not None:
            many = row.threads
            notes.append(f"{row.engine} on {many.threads} threads: {many.speedup:.2f} times one thread, in wall time")
        if row.n_compared is not None:
            how = (
                "decoded and compared with the pages' pixels"
                if row.engine != "ours-numpy"
                else "compared byte by byte with ours"
            )
            notes.append(f"{row.engine}: {row.n_compared:,} files {how}, {row.n_different or 0:,} differ")
        elif row.split is not None:
            notes.append(f"{row.engine}: files not compared with the pages' pixels, since pillow is not installed")
    sampled = [row for row in case.engines if row.sampled]
    if sampled:
        names = ", ".join(row.engine for row in sampled)
        notes.append(f"{names}: measured on the first {sampled[0].n_chars:,} characters, compared by the character")
    placed = [
        row.engine for row in case.engines if row.engine in ("pillow", "skia", "pdf-lines") and row.missing is None
    ]
    if placed:
        notes.append(f"{', '.join(placed)}: lines as ours laid them out; laying out is not counted")
    return notes


_SUBJECTS = {
    "render": _Subject(_configure_render, _run_render),
    "density": _Subject(_configure_density, _run_density),
    "model": _Subject(bench_model.configure, bench_model.run),
}
