"""The keys of style files: names, fields, bounds, and how each is read and written.

One table serves Glyph's JSON, our TOML and the checks of `Style`. The names, their order and the defaults are those of the Glyph scripts
(https://github.com/thu-coai/Glyph, scripts/word2png_function.py and config/config_en.json, read 2026-11-20). What Glyph has no key for has
a key of ours, written only where it differs from its default, so that Glyph's own files come back unchanged.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smallprint.errors import StyleError

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_MARKUP = re.compile(
    r"""(?:<font color=["'](?P<color>#[0-9A-Fa-f]{6})["']>)?(?P<mark>[^<>]+?)(?(color)</font>)""", re.S
)
_MAX_PT = 20_000


Values = tuple[Any, ...]
"""The values of a key's fields, in their order."""


def _alone(value: Any) -> Values:
    return (value,)


def _first(values: Values) -> Any:
    return values[0]


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key: the fields of `Style` behind it, what they may be, and the two directions of reading and writing."""

    name: str
    fields: tuple[str, ...]
    allowed: Callable[[Values], bool]
    allowed_text: str
    read: Callable[[Any], Values] = _alone
    write: Callable[[Values], Any] = _first
    default: Any = None
    """The written value at which the key is left out; None for a key that is always written."""

    def check(self, *values: Any) -> None:
        """Raise `StyleError` unless the fields' values are allowed."""
        if not self.allowed(values):
            shown = values[0] if len(values) == 1 else values
            raise StyleError(f"{self.name}: {shown!r} is not allowed; give {self.allowed_text}")


def parse(name: str, value: Any) -> dict[str, Any]:
    """The fields that one key of a file stands for. Raises `StyleError` for an unknown key or a value of the wrong form."""
    key = BY_NAME.get(name)
    if key is None:
        raise StyleError(f"style: unknown key {name!r}; known: {', '.join(BY_NAME)}")
    try:
        return dict(zip(key.fields, key.read(value), strict=True))
    except (ValueError, TypeError, AttributeError):
        raise StyleError(f"{name}: {value!r} is not allowed; give {key.allowed_text}") from None


def _is_number(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else float(value)


def _number(
    name: str, field: str, low: float, high: float, *, default: Any = None, write: Callable[[float], Any] = _plain
) -> Key:
    return Key(
        name=name,
        fields=(field,),
        allowed=lambda values: _is_number(values[0], low, high),
        allowed_text=f"a number from {low:g} to {high:g}",
        write=lambda values: write(values[0]),
        default=default,
    )


def _integer(name: str, field: str, choices: tuple[int, ...], default: int) -> Key:
    return Key(
        name=name,
        fields=(field,),
        allowed=lambda values: type(values[0]) is int and values[0] in choices,
        allowed_text=f"one of {', '.join(map(str, choices))}",
        default=default,
    )


def _is_color(value: Any) -> bool:
    return isinstance(value, str) and _COLOR.fullmatch(value) is not None


def _color(name: str, field: str, *, default: Any = None) -> Key:
    return Key(
        name=name,
        fields=(field,),
        allowed=lambda values: _is_color(values[0]),
        allowed_text="a colour as #rrggbb",
        default=default,
    )


def _flag(name: str, field: str) -> Key:
    return Key(
        name=name, fields=(field,), allowed=lambda values: isinstance(values[0], bool), allowed_text="true or false"
    )


def _read_size(value: Any) -> tuple[float, float]:
    parts = value.split(",") if isinstance(value, str) else list(value)
    width, height = (_plain(float(part)) for part in parts)
    return width, height


def _read_newline(value: str) -> tuple[str, str, str | None]:
    if re.fullmatch(r"<br ?/?>", value):
        return "break", DEFAULT_MARK, None
    found = _MARKUP.fullmatch(value)
    if found is None:
        raise ValueError(value)
    return "mark", html.unescape(found["mark"]), found["color"]


def _write_newline(values: Values) -> str:
    newline, mark, color = values
    if newline == "break":
        return "<br/>"
    escaped = html.escape(mark, quote=False)
    return f'<font color="{color}">{escaped}</font>' if color else escaped


def _newline_allowed(values: Values) -> bool:
    newline, mark, color = values
    return (
        newline in ("break", "mark")
        and isinstance(mark, str)
        and 0 < len(mark) <= 16
        and mark.strip() != ""
        and mark.isprintable()
        and (color is None or _is_color(color))
    )


DEFAULT_MARK = "↵"
INDENT_MARKS = "·→"
"""What stands for a single space and for a tab at the start of a line, beside the style's own mark."""


def _indent_allowed(values: Values) -> bool:
    (mark,) = values
    if not isinstance(mark, str) or len(mark) > 1:
        return False
    visible = mark.isprintable() and not mark.isspace() and not mark.isalnum()
    return visible and mark not in set(INDENT_MARKS) and unicodedata.category(mark or "-")[0] in "PS"


KEYS: tuple[Key, ...] = (
    Key(
        name="page-size",
        fields=("page_width", "page_height"),
        allowed=lambda values: all(_is_number(side, 1, _MAX_PT) for side in values),
        allowed_text=f'"WIDTH,HEIGHT" in points, each from 1 to {_MAX_PT}',
        read=_read_size,
        write=lambda values: ",".join(str(_plain(side)) for side in values),
    ),
    _number("dpi", "dpi", 20, 1200),
    _number("margin-x", "margin_x", 0, _MAX_PT),
    _number("margin-y", "margin_y", 0, _MAX_PT),
    Key(
        name="font-path",
        fields=("font",),
        allowed=lambda values: isinstance(values[0], str) and values[0].strip() != "",
        allowed_text="the name of a shipped face or the path of a font file",
    ),
    _number("font-size", "font_size", 1, 1000),
    _number("line-height", "line_height", 1, 2000),
    _color("font-color", "font_color"),
    Key(
        name="alignment",
        fields=("alignment",),
        allowed=lambda values: values[0] in ("left", "center", "right", "justify"),
        allowed_text="LEFT, CENTER, RIGHT or JUSTIFY",
        read=lambda value: (value.lower(),),
        write=lambda values: values[0].upper(),
    ),
    # Glyph's files write this one with its point and the others without.
    _number("horizontal-scale", "horizontal_scale", 0.2, 5, write=float),
    _number("first-line-indent", "first_line_indent", -_MAX_PT, _MAX_PT),
    _number("left-indent", "left_indent", 0, _MAX_PT),
    _number("right-indent", "right_indent", 0, _MAX_PT),
    _number("space-after", "space_after", 0, _MAX_PT),
    _number("space-before", "space_before", 0, _MAX_PT),
    _number("border-width", "border_width", 0, 1000),
    _number("border-padding", "border_padding", 0, 1000),
    _color("page-bg-color", "page_color"),
    _color("para-bg-color", "paragraph_color"),
    _flag("auto-crop-width", "crop_width"),
    _flag("auto-crop-last-page", "crop_last_page"),
    _color("para-border-color", "border_color", default="#FFFFFF"),
    Key(
        name="newline-markup",
        fields=("newline", "newline_mark", "newline_color"),
        allowed=_newline_allowed,
        allowed_text='"<br/>", or a visible mark of up to 16 characters, such as \'<font color="#FF0000"> \\n </font>\'',
        read=_read_newline,
        write=_write_newline,
        default="<br/>",
    ),
    Key(
        name="indent-markup",
        fields=("indent_mark",),
        allowed=_indent_allowed,
        allowed_text='"", or one punctuation mark or symbol but for · and →, such as "›"',
        default="",
    ),
    _integer("indent-width", "indent_width", tuple(range(1, 33)), 4),
    _number("letter-scale", "letter_scale", 0.2, 5, default=1),
    # In pixels, unlike lengths: letters of whole pixels look the same wherever they stand.
    _number("advance-grid", "advance_grid_px", 0, 64, default=0),
    _integer("crop-grid", "crop_grid_px", tuple(range(1, 257)), 1),
    _integer("tab-width", "tab_width", tuple(range(1, 33)), 8),
    _integer("columns", "columns", tuple(range(1, 13)), 1),
    _number("column-gap", "column_gap", 0, _MAX_PT, default=10),
    _integer("gray-bits", "gray_bits", (1, 2, 4, 8), 4),
    Key(
        name="highlight",
        fields=("highlight",),
        allowed=lambda values: isinstance(values[0], str),
        allowed_text="off, auto (the language that a file's name tells) or the name of a Pygments lexer, such as python",
        read=lambda value: (value.lower(),),
        default="off",
    ),
)

BY_NAME: dict[str, Key] = {key.name: key for key in KEYS}

GLYPH_DEFAULTS: dict[str, Any] = {
    "page-size": "595.2755905511812,841.8897637795277",  # reportlab's A4
    "dpi": 72,
    "margin-x": 20,
    "margin-y": 20,
    "font-size": 9,
    "font-color": "#000000",
    "alignment": "JUSTIFY",
    "horizontal-scale": 1.0,
    "first-line-indent": 0,
    "left-indent": 0,
    "right-indent": 0,
    "space-after": 0,
    "space-before": 0,
    "border-width": 0,
    "border-padding": 0,
    "page-bg-color": "#FFFFFF",
    "para-bg-color": "#FFFFFF",
    "auto-crop-width": False,
    "auto-crop-last-page": False,
}
"""What Glyph's scripts assume for an absent key; `font-path` has no default there, `line-height` is the size plus 1."""
