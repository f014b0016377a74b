"""Rounds: every engine draws every text once a round, one after another.

In: texts of cases and `Settings`. Out: a `SpeedReport`. Knows nothing of the command line. Interleaving the engines keeps a machine that is
busy for a while from counting against one of them alone.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING

from smallprint.bench import compare, yardstick
from smallprint.bench.clock import Measured, measure, measure_apart, timed, warm_up
from smallprint.bench.engines import DEFAULT_ENGINES, ENGINES, YARDSTICK, Engine, Job
from smallprint.bench.results import CaseResult, EngineResult, SpeedReport, Split, Threads, ratios
from smallprint.bench.versions import versions
from smallprint.errors import DataError, SmallprintError
from smallprint.machine import machine
from smallprint.render import Pages, Style, render

if TYPE_CHECKING:
    from smallprint.bench.texts import Case, CaseText
    from smallprint.render import Page

_LONG_PARAGRAPH = 100_000
"""Characters from which the yardstick's quadratic time in a paragraph outweighs all else (a second on a machine of 2026)."""
_PROBE_S = 6.0
"""Seconds in all for showing that growth."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to measure. Raises `DataError` for a value out of bounds."""

    rounds: int = 5
    engines: tuple[str, ...] = DEFAULT_ENGINES
    threads: int = 2
    """Threads for ours beside its one; under 2 it is not measured."""
    sample: int | None = None
    """Pages on which slow engines are measured; None is all of them."""

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("rounds", self.rounds, 1, 1000),
            ("threads", self.threads, 0, 256),
            ("sample", self.sample, 1, 1_000_000),
        ):
            if value is not None and not low <= value <= high:
                raise DataError(f"bench: {name} {value} is not allowed; give {low} to {high:,}")
        unknown = [name for name in self.engines if name not in ENGINES]
        if unknown or not self.engines:
            raise DataError(f"bench: unknown engine {', '.join(unknown) or '(none)'}; known: {', '.join(ENGINES)}")


def measure_speed(
    texts: Sequence[CaseText], settings: Settings, *, progress: Callable[[int, int], None] | None = None
) -> SpeedReport:
    """Measure all cases; `progress` is called with the runs done and the runs in all."""
    total = settings.rounds * sum(len(_engines(text.case, settings)) for text in texts)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    cases = tuple(_measure_case(text, settings, step) for text in texts)
    return SpeedReport(machine=machine(), versions=versions(), rounds=settings.rounds, cases=cases)


def _measure_case(text: CaseText, settings: Settings, step: Callable[[], None]) -> CaseResult:
    case = text.case
    job = Job(text=text.text, style=Style.preset(case.style))
    sample = _first_pages(job, settings.sample)
    rounds = [
        _Rounds(engine, sample if engine.slow else job, sampled=engine.slow and sample is not job, settings=settings)
        for engine in _engines(case, settings)
    ]
    for number in range(settings.rounds):
        for one in rounds:
            one.run(first=number == 0)
            step()
    unit = next((one for one in rounds if one.engine.name == YARDSTICK and one.missing is None), None)
    return CaseResult(
        case=case.name,
        what=case.what,
        style=case.style,
        text=text.name,
        sha256=text.sha256,
        n_chars=len(job.text),
        n_pages=len(render(job.text, job.style)),
        engines=tuple(one.row(unit) for one in rounds),
    )


def _engines(case: Case, settings: Settings) -> list[Engine]:
    return [ENGINES[name] for name in settings.engines if case.engines is None or name in case.engines]


def _first_pages(job: Job, n_pages: int | None) -> Job:
    if n_pages is not None:
        for page in render(job.text, job.style):
            if page.index == n_pages - 1 and page.span[1] < len(job.text):
                return Job(text=job.text[: page.span[1]], style=job.style)
    return job


class _Rounds:
    """One engine's rounds on one text."""

    def __init__(self, engine: Engine, job: Job, *, sampled: bool, settings: Settings) -> None:
        self.engine = engine
        self.missing = _why_not(engine, job)
        self.measured: list[Measured] = []
        self._job = job
        self._sampled = sampled
        self._n_threads = settings.threads if engine.name == "ours" else 0
        self._splits: list[tuple[float, float, float]] = []
        self._walls: list[tuple[float, float]] = []
        self._compared: tuple[int, int] | None = None

    def run(self, *, first: bool) -> None:
        """One round. An engine of others that fails is recorded with its cause, and not asked again."""
        if self.missing is not None:
            return
        try:
            self._run(first=first)
        except SmallprintError:
            raise
        except Exception as error:
            if self.engine.ours:
                raise
            self.missing = f"failed: {type(error).__name__}: {error}"

    def _run(self, *, first: bool) -> None:
        engine, job = self.engine, self._job
        if not engine.kernel:
            self.measured.append(measure_apart(engine, job, hashes=first))
            if first:
                self._compared = compare.same_bytes(self.measured[0].sha256, job)
            return
        if first:
            warm_up(engine, job)
        files: list[bytes] = []
        self.measured.append(measure(engine, job, keep=files if first and engine.ours else None))
        if not engine.ours:
            return
        if first:
            self._compared = compare.same_pixels(files, job)
        layout = timed(lambda: _each(render(job.text, job.style), lambda page: None))
        pixels = timed(lambda: _each(render(job.text, job.style), lambda page: page.pixels))
        self._splits.append((layout, pixels - layout, self.measured[-1].cpu_seconds - pixels))
        if self._n_threads > 1:
            self._walls.append((_wall(job, 1), _wall(job, self._n_threads)))

    def row(self, unit: _Rounds | None) -> EngineResult:
        """The rounds in one row, in units of the yardstick where that was measured."""
        engine = self.engine
        if self.missing is not None:
            return EngineResult(engine=engine.name, what=engine.what, missing=self.missing)
        seconds = tuple(run.cpu_seconds for run in self.measured)
        last = self.measured[-1]
        n_compared, n_different = self._compared or (None, None)
        return EngineResult(
            engine=engine.name,
            what=engine.what,
            sampled=self._sampled,
            n_chars=last.n_chars,
            n_pages=last.n_pages,
            n_bytes=last.n_bytes,
            cpu_seconds=seconds,
            ratios=ratios(seconds, last.n_chars, [run.cpu_seconds for run in unit.measured], unit.measured[-1].n_chars)
            if unit
            else (),
            split=Split.of(self._splits) if self._splits else None,
            threads=Threads(
                threads=self._n_threads,
                one_thread_wall_seconds=tuple(one for one, _ in self._walls),
                wall_seconds=tuple(many for _, many in self._walls),
            )
            if self._walls
            else None,
            n_compared=n_compared,
            n_different=n_different,
        )


def _why_not(engine: Engine, job: Job) -> str | None:
    if reason := engine.missing():
        return reason
    if engine.name == YARDSTICK:
        longest = yardstick.longest_paragraph(job.text)
        if len(longest) > _LONG_PARAGRAPH:
            return _quadratic(engine, Job(text=longest, style=job.style))
    return None


def _quadratic(engine: Engine, job: Job) -> str:
    """Why a paragraph is too long for the yardstick, with the growth of its time shown on parts of it."""
    shown: list[str] = []
    began = time.monotonic()
    n_chars = _LONG_PARAGRAPH // 4
    while n_chars <= len(job.text):
        left_s = _PROBE_S - (time.monotonic() - began)
        try:
            run = measure_apart(engine, Job(text=job.text[:n_chars], style=job.style), limit_s=max(left_s, 0.01))
        except TimeoutExpired:
            shown.append(f"{n_chars:,}: stopped")
            break
        shown.append(f"{n_chars:,}: {run.cpu_seconds:.1f} s")
        n_chars *= 2
    return (
        f"not counted: its time grows with the square of a paragraph's length, and one here has {len(job.text):,} characters "
        f"({'; '.join(shown)})"
    )


def _each(pages: Pages, work: Callable[[Page], object]) -> None:
    for page in pages:
        work(page)


def _wall(job: Job, n_threads: int) -> float:
    gc.collect()
    began = time.perf_counter()
    pages = render(job.text, job.style)
    for _ in pages.pngs(mode="default", threads=n_threads):
        pass
    return time.perf_counter() - began
