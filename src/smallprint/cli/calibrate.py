"""Calibrate: how small a model still reads, what it makes up when it cannot, and the densest style that it reads well; writes a profile."""

from __future__ import annotations

import argparse
import datetime
import json
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.cli.options import number_between
from smallprint.cli.progress import ProgressLine

if TYPE_CHECKING:
    from smallprint.search.abstention import Abstention
    from smallprint.search.calibration import Calibration, Limits
    from smallprint.search.ladder import Ladder
    from smallprint.search.legibility import RungScore
    from smallprint.search.specimens import Specimens
    from smallprint.search.subject import Reckoned, Subject

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MOST_NAME = 80


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        required=True,
        metavar="PROVIDER:NAME",
        help="openai:NAME, anthropic:NAME, gemini:NAME, local:NAME; embedded (the reader in this package); or tesseract",
    )
    parser.add_argument(
        "--base-url", metavar="URL", help="a server that speaks the provider's API, such as vLLM or SGLang"
    )
    parser.add_argument("--family", metavar="NAME", help="how the model counts images, where its name does not tell")
    parser.add_argument(
        "--text",
        metavar="FILE",
        help="your own text; by default prose, code, Chinese and Japanese that ship with the package",
    )
    parser.add_argument(
        "--samples", type=_whole, default=2, metavar="N", help="excerpts of each kind of text (default: 2)"
    )
    parser.add_argument(
        "--chars", type=_whole, default=1500, metavar="N", help="characters of each excerpt (default: 1500)"
    )
    parser.add_argument(
        "--sizes",
        type=_sizes,
        metavar="N,N",
        help="sizes of the letters in px, from 4 to 64 (default: 16,14,12,11,10,9,8,7,6,5); stops where nothing is read any more",
    )
    parser.add_argument(
        "--max-cer",
        type=number_between(0, 1),
        default=0.01,
        metavar="SHARE",
        help="characters of prose, or of your text, that the style may have misread (default: 0.01)",
    )
    parser.add_argument(
        "--exact",
        type=number_between(0, 1),
        metavar="SHARE",
        help="of strings at random, such as hashes, so many must be right to the last character",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where the profile goes (default: the model's name with .profile.toml)"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="write a picture of the curve")
    parser.add_argument("--dry-run", action="store_true", help="send nothing; print what it would cost at most")
    parser.add_argument("--max-usd", type=float, metavar="X", help="stop before more is spent")
    parser.add_argument("--prices", metavar="FILE", help="a TOML table of your own prices")
    parser.add_argument(
        "--max-output-tokens",
        type=_whole,
        metavar="N",
        help="room for each answer, for models that think aloud (default: by the text's length)",
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(options: argparse.Namespace) -> int:
    from smallprint.search import calibration_plot
    from smallprint.search.calibrate import planned
    from smallprint.search.calibration import Limits
    from smallprint.search.ladder import SIZES, Ladder
    from smallprint.search.subject import check_cap, subject_of

    limits = Limits(max_cer=options.max_cer, exact=options.exact, max_usd=options.max_usd)
    subject = subject_of(
        options.model,
        family=options.family,
        base_url=options.base_url,
        prices=options.prices,
        max_output_tokens=options.max_output_tokens,
        check=not options.dry_run,
    )
    ladder = Ladder(subject.family, SIZES if options.sizes is None else options.sizes)
    check_cap(subject, limits.max_usd)
    specimens = _specimens(options)
    if options.dry_run:
        rows = planned(subject, specimens, ladder)
        print(json.dumps(_plan_json(subject, rows)) if options.json else "\n".join(_plan(subject, rows)))
        return 0
    out: Path = options.out or Path(f"{_UNSAFE.sub('-', options.model).strip('-.')[:_MOST_NAME]}.profile.toml")
    _check_out(out)
    if options.plot is not None:
        calibration_plot.check(options.plot)
    found, kept = _measured(options, subject, specimens, ladder, limits, out)
    written = found.best is not None
    if options.json:
        print(json.dumps({**found.to_json(), "profile": str(out) if written else None}, ensure_ascii=False))
    else:
        print("\n".join([*_table(found), "", *_asked(found), *_summary(found)]))
        print(f"{out} has its profile: --profile {shlex.quote(str(out))}" if written else _nothing(found, kept))
    return 0 if written else 1


def _measured(
    options: argparse.Namespace, subject: Subject, specimens: Specimens, ladder: Ladder, limits: Limits, out: Path
) -> tuple[Calibration, Path]:
    """What was found, its profile and picture written; and where replies are kept where there is no profile."""
    from smallprint.errors import SmallprintError
    from smallprint.search import calibration_plot
    from smallprint.search.calibrate import calibrate, key_of
    from smallprint.search.kept import Kept, beside

    progress = ProgressLine("reading")
    with Kept(beside(out), key_of(subject, specimens)) as kept:
        try:
            found = calibrate(subject, specimens, ladder, kept, limits=limits, progress=progress)
        except (SmallprintError, KeyboardInterrupt):
            progress.close()
            if len(kept):
                print(
                    f"smallprint: what was read is kept in {kept.path}; the same command goes on from there",
                    file=sys.stderr,
                )
            raise
        finally:
            progress.close()
        if options.plot is not None and found.rungs:
            calibration_plot.plot(found, options.plot)
        if found.best is not None:
            today = datetime.datetime.now(datetime.UTC).date().isoformat()
            found.profile(ladder, date=today, command=_command(options, subject.base_url)).save(out)
            kept.discard()
    return found, kept.path


def _specimens(options: argparse.Namespace) -> Specimens:
    from smallprint.render.inputs import open_source
    from smallprint.search.specimens import own_specimens, shipped_specimens

    if options.text is None:
        return shipped_specimens(samples=options.samples, chars=options.chars)
    return own_specimens(open_source([options.text]), samples=options.samples, chars=options.chars)


def _check_out(out: Path) -> None:
    """Raises `StoreError` where a profile cannot go, and for a file that is none and would be lost."""
    from smallprint.errors import SmallprintError, StoreError
    from smallprint.readers.profile import Profile

    if not out.parent.is_dir():
        raise StoreError(f"--out {out}: no folder {out.parent}")
    if out.exists():
        try:
            Profile.load(out)
        except SmallprintError as error:
            raise StoreError(f"--out {out}: it is there already and no profile ({error}); give another name") from None


def _command(options: argparse.Namespace, base_url: str | None) -> str:
    """As it could be typed again, without what is secret in the URL."""
    from smallprint.render.source import printable

    words = ["smallprint", "calibrate"]
    given: dict[str, Any] = {**vars(options), "base_url": base_url}
    for name, value in given.items():
        if value is None or value is False or name in ("verb", "plot", "json", "dry_run"):
            continue
        shown = ",".join(f"{each:g}" for each in value) if name == "sizes" else f"{value}"
        words += [f"--{name.replace('_', '-')}", shown]
    # A file's name may have bytes that no profile can hold.
    return printable(shlex.join(words))


def _plan(subject: Subject, rows: list[tuple[str, Reckoned]]) -> list[str]:
    from smallprint.search.subject import Reckoned

    lines = [f"{'':26} {'tokens in':>10} {'out':>8} {'dollars':>9} {'at most':>9}"]
    for name, each in [*rows, ("in all, if it stops nowhere", sum((each for _, each in rows), Reckoned()))]:
        lines.append(
            f"{name:27} {each.tokens_in:>9,} {each.tokens_out:>8,} {_usd(each.usd):>9} {_usd(each.most_usd):>9}"
        )
    lines.append(
        f"{subject.name} ({subject.family}): a dry run, nothing was sent; the run stops where two sizes in a row are not read any more"
    )
    return lines


def _plan_json(subject: Subject, rows: list[tuple[str, Reckoned]]) -> dict[str, object]:
    from smallprint.search.subject import Reckoned

    total = sum((each for _, each in rows), Reckoned())
    return {**subject.to_json(), "steps": [{"step": name, **vars(each)} for name, each in rows], "total": vars(total)}


def _table(found: Calibration) -> list[str]:
    from smallprint.search.specimens import STRINGS

    kinds = list(dict.fromkeys(each.kind for score in found.rungs for each in score.kinds if each.kind != STRINGS))
    wide = 26
    heads = "".join(f"  {f'{kind} wrong (95%)':>{wide}}" for kind in kinds)
    lines = [f"{'px':>4}  {'fill':5} {'ratio':>6}{heads}  {'strings right':>13} {'out/text':>8}  notes"]
    for score in found.rungs:
        cells = "".join(f"  {_wrong(score, kind):>{wide}}" for kind in kinds)
        exact = "-" if score.exact is None else f"{round(score.exact * score.exact_n)} of {score.exact_n}"
        output = "-" if score.output is None else f"{score.output:.2f}"
        notes = ", ".join(_notes(score, is_best=score == found.best))
        lines.append(
            f"{score.size_px:>4g}  {score.fill:5} {score.ratio:>5.2f}x{cells}  {exact:>13} {output:>8}  {notes}".rstrip()
        )
    return lines


def _wrong(score: RungScore, kind: str) -> str:
    each = score.of(kind)
    return "-" if each is None else f"{each.cer:.2%} ({each.interval[0]:.2%} to {each.interval[1]:.2%})"


def _notes(score: RungScore, *, is_best: bool) -> list[str]:
    notes = [
        f"{number} of {score.readings} {what}"
        for number, what in ((score.cut_off, "cut off"), (score.short, "too short"), (score.refused, "refused"))
        if number
    ]
    return [*(["recommended"] if is_best else []), *notes, *([_usd(score.usd)] if score.usd else [])]


def _asked(found: Calibration) -> list[str]:
    if not found.abstention and not found.stopped:
        return ["not asked for strings that are not there: Tesseract cannot be asked anything"]
    return [_told(each) for each in found.abstention]


def _told(each: Abstention) -> str:
    there, absent = each.there, each.absent

    def unclear(number: int) -> str:
        return f", {number} unclear" if number else ""

    return (
        f"asked at {each.rung}: of {sum(there.values())} strings on the page {there['right']} right, {there['wrong']} made up, "
        f"{there['denied']} denied{unclear(there['unclear'])}; of {sum(absent.values())} that are not on it "
        f"{absent['wrong']} made up, {absent['denied']} denied{unclear(absent['unclear'])}"
    )


def _summary(found: Calibration) -> list[str]:
    cost = "price unknown" if found.usd is None else _usd(found.usd)
    lines = [
        f"{found.subject['reader']} ({found.subject['family']}) | {found.tokens:,} tokens | {cost} | {found.seconds:.0f} s of reading"
    ]
    if best := found.best:
        exact = "" if best.exact is None else f", {best.exact:.0%} of strings right"
        lines.append(
            f"recommended: {best.name}, {best.ratio:.2f} text tokens a visual token, {best.cer(found.decides):.2%} of "
            f"{found.decides} wrong{exact}"
        )
    return lines


def _nothing(found: Calibration, kept: Path) -> str:
    again = f"what was read is kept in {kept}: the same command, with another limit too, does not read it again"
    if found.stopped:
        return f"not complete, no profile was written: {found.stopped}; {again}"
    limits = f"at most {found.limits.max_cer:.2%} of {found.decides} wrong"
    if found.limits.exact is not None:
        limits += f" and {found.limits.exact:.0%} of strings right"
    best = min(found.rungs, key=lambda score: score.cer(found.decides))
    return f"no style has {limits}, no profile was written; the best has {best.cer(found.decides):.2%} wrong at {best.name}; {again}"


def _usd(usd: float | None) -> str:
    return "?" if usd is None else f"${usd:.4f}"


def _whole(text: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _sizes(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not sizes in px, such as 12,9,7.5") from None
