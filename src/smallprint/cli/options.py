"""Arguments that several verbs share, and how they become values."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from smallprint.errors import StyleError

if TYPE_CHECKING:
    from smallprint.readers.profile import Profile
    from smallprint.render import Pages, Style
    from smallprint.render.pdf import PdfPages

PDF_DPI = 96


def add_inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "inputs", nargs="+", metavar="FILE", help="text files, folders of code, one PDF, or - for standard input"
    )


def add_style(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--style",
        metavar="NAME|FILE",
        help="a preset (glyph-en, glyph-zh, flow, code, code-color, legible, dense, fine-8 to fine-4, learned-4), "
        "a Glyph .json or a .toml file; "
        "default: flow",
    )
    parser.add_argument(
        "--profile",
        metavar="FILE",
        help="the style that `smallprint search` or `smallprint calibrate` found for a model; ask takes the model from it too",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change one key of the style, as in --set font-size=8; may be given again",
    )
    parser.add_argument("--theme", metavar="NAME", help="colours: light, dark, paper")
    parser.add_argument(
        "--highlight",
        metavar="LANG|auto",
        help="colour the letters of code: python or another language that Pygments knows, or auto, by each file's name",
    )
    parser.add_argument(
        "--pdf-dpi",
        type=number_between(20, 1200),
        default=PDF_DPI,
        metavar="N",
        help=f"resolution of pages taken from a PDF (default: {PDF_DPI})",
    )


def number_between(low: float, high: float) -> Callable[[str], float]:
    """An argument's type: a number between two others."""

    def number(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low:g} and {high:g}")
        return value

    return number


def positive(text: str) -> int:
    """An argument's type: a whole number, 1 or more."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


def read_profile(options: argparse.Namespace) -> Profile:
    """The profile that the arguments name. Raises `StoreError`, `DataError` or `StyleError`."""
    from smallprint.readers.profile import Profile

    return Profile.load(options.profile)


def read_style(options: argparse.Namespace) -> Style:
    """The style that the arguments ask for. Raises `StyleError`."""
    from smallprint.render import Style

    if options.profile and options.style:
        raise StyleError("--profile and --style: a profile has a style of its own; give one of the two")
    style = read_profile(options).style if options.profile else Style.load(options.style or "flow")
    if options.theme:
        style = style.themed(options.theme)
    changes: dict[str, Any] = {"highlight": options.highlight} if options.highlight else {}
    for change in options.set:
        key, equals, value = change.partition("=")
        if not equals:
            raise StyleError(f"--set {change}: give KEY=VALUE")
        try:
            changes[key] = json.loads(value)
        except ValueError:
            changes[key] = value
    return style.with_keys(changes) if changes else style


def read_pages(options: argparse.Namespace, names: list[str]) -> Pages | PdfPages:
    """Pages of the text that the arguments name, or of the PDF.

    Raises `StyleError`, `FontError`, `StoreError`, `TextError` or `DataError`.
    """
    from pathlib import Path

    from smallprint.errors import DataError
    from smallprint.render import render
    from smallprint.render.inputs import open_source
    from smallprint.render.pdf import PdfPages

    pdfs = [name for name in names if name.lower().endswith(".pdf")]
    if not pdfs:
        return render(open_source(names), read_style(options))
    if len(names) > 1:
        raise DataError(f"{pdfs[0]}: a PDF is taken alone, not together with other files")
    if options.style or options.profile or options.theme or options.set or options.highlight:
        raise StyleError(
            f"{pdfs[0]}: pages of a PDF are taken as they are; --style, --profile, --theme, --set and --highlight have no effect on them"
        )
    return PdfPages(Path(pdfs[0]), dpi=options.pdf_dpi)
