"""Every knob of a page, as one frozen value.

In: a preset's name, a Glyph configuration (JSON), our TOML, or keyword arguments. Out: a `Style` that hashes, compares and writes itself
back. Knows nothing of text, of what is in a face, or of models. The keys of files are in `style_keys`, the presets in `presets.toml`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, cast

from smallprint.errors import StyleError
from smallprint.render import languages, style_keys
from smallprint.render.style_keys import KEYS

Alignment = Literal["left", "center", "right", "justify"]
Newline = Literal["break", "mark"]

MAX_SIDE_PX = 20_000
MAX_AREA_PX = 40_000_000
"""Drawing takes some 40 bytes a pixel; no provider takes a page of half this."""
MIN_LEADING = 0.7
"""Least line height in font sizes: the height of a capital letter."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a page looks. Lengths are in points (1/72 inch), colours ``#rrggbb``.

    Raises `StyleError` for a value out of bounds; the message names the key, the value and what is allowed.
    """

    name: str = field(default="custom", compare=False)
    origin: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False, repr=False)
    """The Glyph configuration that it was read from, so that it comes back as it was written."""
    page_width: float = 595
    page_height: float = 842
    dpi: float = 72
    margin_x: float = 10
    margin_y: float = 10
    font: str = "DejaVu Sans"
    """A shipped face by name, or the path of a TrueType or OpenType file."""
    font_size: float = 9
    line_height: float = 10
    font_color: str = "#000000"
    alignment: Alignment = "left"
    horizontal_scale: float = 1.0
    """Width of page and letters together: Glyph's scripts squeeze the finished page."""
    letter_scale: float = 1.0
    """Width of the letters alone, so that more of them fit on a line."""
    advance_grid_px: float = 0
    """Letters are as wide as a multiple of this, so that of whole pixels each letter looks the same wherever it stands; 0 leaves them as
    wide as the face has them."""
    first_line_indent: float = 0
    left_indent: float = 0
    right_indent: float = 0
    space_before: float = 0
    space_after: float = 0
    border_width: float = 0
    border_padding: float = 0
    border_color: str = "#FFFFFF"
    page_color: str = "#FFFFFF"
    paragraph_color: str = "#FFFFFF"
    crop_width: bool = False
    crop_last_page: bool = False
    crop_grid_px: int = 1
    """Cropped sides are multiples of this. Families bring each side to a multiple of a token's: a page that has that size keeps its pixels,
    and fine print does not survive any other."""
    newline: Newline = "break"
    """``break`` starts a new line; ``mark`` draws `newline_mark` and runs on, which fills the page."""
    newline_mark: str = style_keys.DEFAULT_MARK
    newline_color: str | None = None
    indent_mark: str = ""
    """Where set, white space at the start of a line of the source is drawn as marks, in the newline mark's colour: this one for
    `indent_width` spaces, "·" for each that is left over, "→" for a tab. Needs `newline` to be ``mark``: nothing else tells where such
    lines begin."""
    indent_width: int = 4
    tab_width: int = 8
    """Distance of tab stops in widths of a space."""
    columns: int = 1
    column_gap: float = 10
    gray_bits: int = 4
    highlight: str = "off"
    """The language that letters are coloured for: ``off``, ``auto`` (by each file's name, else none) or one that Pygments knows."""

    def __post_init__(self) -> None:
        for key in KEYS:
            key.check(*self._values(key))
        if self.highlight not in (languages.OFF, languages.AUTO):
            languages.check(self.highlight)
        if max(self.width_px, self.height_px) > MAX_SIDE_PX:
            raise StyleError(
                f"page-size: {self.width_px} x {self.height_px} px at dpi {self.dpi:g}; at most {MAX_SIDE_PX} px a side"
            )
        if self.width_px * self.height_px > MAX_AREA_PX:
            raise StyleError(
                f"page-size: {self.width_px} x {self.height_px} px at dpi {self.dpi:g}; at most {MAX_AREA_PX:,} px a page"
            )
        if self.line_height < MIN_LEADING * self.font_size:
            raise StyleError(
                f"line-height: {self.line_height:g} under letters of {self.font_size:g} pt would draw lines over each other; "
                f"give at least {MIN_LEADING * self.font_size:g}"
            )
        if self.indent_mark and self.newline != "mark":
            raise StyleError("indent-markup: give a mark for newline-markup too, which tells where lines begin")
        if self.indent_mark and set(self.newline_mark) & {self.indent_mark, *style_keys.INDENT_MARKS}:
            raise StyleError(f"indent-markup: {self.indent_mark}, · and → must not be in the newline's mark too")
        grounds = {self.page_color.upper(), self.paragraph_color.upper()}
        for key, color in (("font-color", self.font_color), ("newline-markup", self.newline_color)):
            if color and color.upper() in grounds:
                raise StyleError(f"{key}: {color} letters cannot be seen on {color} paper")
        if self.margin_x + self.left_indent + self.first_line_indent < 0:
            raise StyleError(f"first-line-indent: {self.first_line_indent:g} would begin lines outside the page")
        if self.column_width_px < 1 or self.content_height_px < self.line_height_px:
            raise StyleError(
                f"page-size: {self.page_width:g} x {self.page_height:g} pt leaves no room for a line "
                f"after margins, indents and columns"
            )

    @property
    def scale(self) -> float:
        """Pixels a point, vertically."""
        return self.dpi / 72

    @property
    def scale_x(self) -> float:
        """Pixels a point, horizontally."""
        return self.scale * self.horizontal_scale

    @property
    def width_px(self) -> int:
        """Page width before any crop."""
        return max(1, round(self.page_width * self.scale_x))

    @property
    def height_px(self) -> int:
        """Page height before any crop."""
        return max(1, round(self.page_height * self.scale))

    @property
    def column_pitch_px(self) -> float:
        """Distance from the left edge of one column to that of the next."""
        inner = self.page_width - 2 * self.margin_x - (self.columns - 1) * self.column_gap
        return (inner / self.columns + self.column_gap) * self.scale_x

    @property
    def column_width_px(self) -> float:
        """Room for a line of text, indents taken off."""
        taken = self.column_gap + self.left_indent + self.right_indent + max(0, self.first_line_indent)
        return self.column_pitch_px - taken * self.scale_x

    @property
    def content_height_px(self) -> float:
        return (self.page_height - 2 * self.margin_y) * self.scale

    @property
    def line_height_px(self) -> float:
        return self.line_height * self.scale

    @property
    def shown_newline(self) -> str:
        """What stands on the page for a line break; empty where lines break."""
        return self.newline_mark.strip() if self.newline == "mark" else ""

    @property
    def digest(self) -> str:
        """16 hexadecimal digits over every knob; the name does not count. Those that Glyph does not know count where they are not at their
        default, so that a knob more changes no digest."""
        written = [(key, key.write(self._values(key))) for key in KEYS]
        canonical = json.dumps(
            [[key.name, value] for key, value in written if key.default is None or value != key.default]
        )
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    @classmethod
    def preset(cls, name: str) -> Style:
        """A style that ships with the package. Raises `StyleError` for an unknown name."""
        table = _tables()["preset"]
        if name not in table:
            raise StyleError(f"style: unknown preset {name!r}; known: {', '.join(table)}, or a .json or .toml file")
        return cls.from_keys(table[name], name=name)

    @classmethod
    def from_keys(cls, keys: Mapping[str, Any], *, name: str = "custom") -> Style:
        """A style from file keys (``page-size``, ``dpi``, ...); absent ones take our defaults."""
        return dataclasses.replace(cls(name=name), **_fields(keys))

    @classmethod
    def from_glyph(cls, config: str | Mapping[str, Any], *, name: str = "custom") -> Style:
        """A style from Glyph's configuration, as JSON text or a mapping; absent keys take the defaults of Glyph's scripts."""
        if isinstance(config, str):
            try:
                loaded: object = json.loads(config)
            except (ValueError, RecursionError) as error:
                raise StyleError(f"style: not JSON: {error}") from None
            if not isinstance(loaded, dict):
                raise StyleError("style: a JSON object was expected")
            config = cast("dict[str, Any]", loaded)
        keys = {**style_keys.GLYPH_DEFAULTS, **config}
        if "line-height" not in keys and isinstance(keys["font-size"], int | float):
            keys["line-height"] = keys["font-size"] + 1
        return dataclasses.replace(cls.from_keys(keys, name=name), origin=dict(config))

    def to_glyph(self) -> dict[str, Any]:
        """The keys of Glyph's configuration, and ours where they are not at their default.

        What was read by `from_glyph` and not changed since comes back as it was.
        """
        if self.origin:
            read = Style.from_glyph(self.origin)
            changed = [
                key
                for key in KEYS
                # An absent line height follows the font size, so the two are written together.
                if self._values(key) != read._values(key)
                or (key.name == "line-height" and self.font_size != read.font_size)
            ]
            return {**self.origin, **{key.name: key.write(self._values(key)) for key in changed}}
        written = {key.name: (key, key.write(self._values(key))) for key in KEYS}
        return {name: value for name, (key, value) in written.items() if key.default is None or value != key.default}

    @classmethod
    def from_toml(cls, text: str, *, name: str = "custom") -> Style:
        """A style from TOML with the same keys."""
        try:
            return cls.from_keys(tomllib.loads(text), name=name)
        except (ValueError, RecursionError) as error:
            raise StyleError(f"style: not TOML: {error}") from None

    def to_toml(self) -> str:
        # JSON's strings, numbers and booleans are TOML's too.
        return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in self.to_glyph().items())

    @classmethod
    def load(cls, name_or_path: str) -> Style:
        """A preset by name, or a ``.json`` (Glyph) or ``.toml`` file."""
        path = Path(name_or_path)
        read = {".json": cls.from_glyph, ".toml": cls.from_toml}.get(path.suffix.lower())
        if read is None:
            return cls.preset(name_or_path)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StyleError(f"style: cannot read {name_or_path}: {error}") from None
        return read(text, name=path.stem)

    def with_keys(self, keys: Mapping[str, Any]) -> Style:
        """This style with some file keys changed."""
        return dataclasses.replace(self, **_fields(keys))

    def themed(self, theme: str) -> Style:
        """This style in other colours."""
        table = _tables()["theme"]
        if theme not in table:
            raise StyleError(f"theme: unknown {theme!r}; known: {', '.join(table)}")
        return self.with_keys(table[theme])

    def _values(self, key: style_keys.Key) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in key.fields)


def preset_names() -> tuple[str, ...]:
    """The styles that ship with the package."""
    return tuple(_tables()["preset"])


def role_colors(tone: Literal["light", "dark"]) -> dict[str, str]:
    """The colours of highlighted letters, by role, on light or dark paper."""
    return _tables()["highlight"][tone]


def _fields(keys: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in keys.items():
        fields |= style_keys.parse(name, value)
    return fields


@cache
def _tables() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads((resources.files("smallprint.render") / "presets.toml").read_text(encoding="utf-8"))
