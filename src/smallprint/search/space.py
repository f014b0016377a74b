"""What may be searched: the knobs of a style, with bounds, types and conditions.

In: the reader's family, the kinds of text, the user's fonts. Out: a `Space` that turns genomes into styles and back, and puts right what a
proposer got wrong. The knobs are in `space.toml`. Knows no reader and no proposer.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random
from typing import Any, Literal, cast

from smallprint.errors import DataError, StyleError
from smallprint.render import Style
from smallprint.render.fonts import resolve
from smallprint.search.values import Genome, Value
from smallprint.tokens.families import family as family_row
from smallprint.tokens.vision import resized, vision_tokens

Level = Literal["core", "all"]

KINDS = ("prose", "code", "cjk")
_GRID_PX = 224
"""A last page is cropped to a multiple of it: families make less than some 65,000 pixels larger, and small letters do not survive that."""
_SIDES_PX = (448, 672, 896, 1120, 1344), (512, 640, 768, 1008, 1024, 1280, 1536)
"""Multiples of 224, which tokens of 14, 16, 28 and 32 px divide; and sides that families of tiles and modes have."""
_MOST_PAGES = 9
_RED = '<font color="#FF0000">↵</font>'


@dataclass(frozen=True, kw_only=True)
class Knob:
    """One dimension: numbers from `low` to `high` in steps, or choices."""

    name: str
    about: str
    default: Value
    choices: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    when: tuple[str, str, str] | None = None
    """(another knob, an operator, a value)"""

    @property
    def is_whole(self) -> bool:
        """Whether its numbers are integers."""
        return not self.choices and all(float(each).is_integer() for each in (self.low, self.high, self.step))

    def clipped(self, value: Any) -> Value:
        """The nearest allowed value. Raises `ValueError` for what is no value at all."""
        if self.choices:
            shown = str(value).strip().casefold()
            for choice in self.choices:
                if str(choice).casefold() == shown:
                    return choice
            if isinstance(self.default, int) and not isinstance(self.default, bool):
                number = float(value)
                return min(self.choices, key=lambda choice: abs(float(choice) - number))
            raise ValueError(f"{value!r} is none of {', '.join(map(str, self.choices))}")
        if isinstance(value, bool):
            raise ValueError(f"{value!r} is not a number")
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"{value!r} is not a number")
        steps = round((min(max(number, self.low), self.high) - self.low) / self.step)
        made = self.low + steps * self.step
        return round(made) if self.is_whole else round(made, 6)

    def draw(self, random: Random) -> Value:
        """An allowed value, each as likely as any other."""
        if self.choices:
            return random.choice(self.choices)
        return self.clipped(self.low + self.step * random.randint(0, round((self.high - self.low) / self.step)))

    def to_json(self) -> dict[str, Any]:
        """As an analyst is told of it."""
        bounds: dict[str, Any] = (
            {"choices": list(self.choices)} if self.choices else {"low": self.low, "high": self.high, "step": self.step}
        )
        only = {"only_when": " ".join(self.when)} if self.when else {}
        return {"about": self.about, **bounds, "default": self.default, **only}


@dataclass(frozen=True, kw_only=True)
class Space:
    """The knobs of one search, and what they mean for its family."""

    family: str
    kinds: tuple[str, ...]
    knobs: tuple[Knob, ...]

    @classmethod
    def of(cls, family: str, kinds: Iterable[str], *, level: Level = "core", fonts: Sequence[str] = ()) -> Space:
        """`fonts` are faces or files to be tried besides those that ship.

        Raises `TokenError` for an unknown family, `FontError` for a face that cannot be read, `DataError` for an unknown kind or level.
        """
        for font in fonts:
            resolve(font)
        searched = tuple(dict.fromkeys(kinds))
        if unknown := set(searched) - set(KINDS):
            raise DataError(f"space: unknown kind {sorted(unknown)[0]!r}; known: {', '.join(KINDS)}")
        if level not in ("core", "all"):
            raise DataError(f"space: unknown level {level!r}; known: core, all")
        table = _table()
        lists = {"pages": _pages(family), "faces": _faces(searched, fonts)}
        knobs: list[Knob] = []
        for name, row in table["knob"].items():
            row = dict(cast("dict[str, Any]", row))
            if row.pop("level", "core") != "core" and level != "all":
                continue
            if not set(row.pop("kinds", searched)) & set(searched):
                continue
            choices = row.pop("choices", ())
            found = tuple(lists[choices] if isinstance(choices, str) else choices)
            first, operator, value = row.pop("when", "  ").split(" ", 2)
            when = (first, operator, value) if first else None
            if found and row["default"] not in found:
                row["default"] = found[0]
            knobs.append(Knob(name=name, choices=found, when=when, **row))
        return cls(family=family, kinds=searched, knobs=tuple(knobs))

    def __getitem__(self, name: str) -> Knob:
        for knob in self.knobs:
            if knob.name == name:
                return knob
        raise KeyError(name)

    @property
    def default(self) -> Genome:
        return {knob.name: knob.default for knob in self.knobs}

    def is_active(self, genome: Genome, name: str) -> bool:
        """Whether the knob has an effect in this genome."""
        when = self[name].when
        if when is None:
            return True
        other, operator, value = when
        have = genome[other]
        return float(have) > float(value) if operator == ">" else str(have) == value

    def active(self, genome: Genome) -> Genome:
        """The genome without the knobs that have no effect: equal for equal styles."""
        return {knob.name: genome[knob.name] for knob in self.knobs if self.is_active(genome, knob.name)}

    def draw(self, random: Random) -> Genome:
        """A genome at random whose style can be drawn."""
        while True:
            genome = {knob.name: knob.draw(random) for knob in self.knobs}
            try:
                self.style(genome)
            except StyleError:
                continue
            return genome

    def repaired(self, given: Mapping[str, Any], start: Genome | None = None) -> tuple[Genome, list[str]]:
        """A genome of what somebody gave: values brought to the nearest allowed one, knobs that are missing or beyond repair taken from
        `start` (the default genome if that is None); and a line for each thing put right."""
        genome = dict(start or self.default)
        notes: list[str] = []
        known = {knob.name: knob for knob in self.knobs}
        for name, value in given.items():
            if name not in known:
                notes.append(f"{name}: no such knob")
                continue
            try:
                genome[name] = known[name].clipped(value)
            except (ValueError, TypeError, OverflowError) as error:
                notes.append(f"{name}: {error}")
                continue
            if genome[name] != value:
                notes.append(f"{name}: {value!r} became {genome[name]!r}")
        return genome, notes

    def style(self, genome: Genome, *, name: str = "searched") -> Style:
        """Raises `StyleError` where such a page cannot be drawn."""
        use: dict[str, Any] = {**self.default, **genome}
        width_px, height_px = map(int, str(use["page"]).split("x"))
        squeeze = float(use.get("squeeze", 1.0))
        size = float(use["size"])
        keys: dict[str, Any] = {
            # Glyph's scripts squeeze the finished page.
            "page-size": f"{width_px / squeeze:g},{height_px}",
            "dpi": 72,
            "margin-x": use["margin"],
            "margin-y": use["margin"],
            "font-path": use["face"],
            "font-size": size,
            # At least the height of a capital letter, or lines would lie over each other.
            "line-height": max(math.ceil(0.7 * size * 2) / 2, size + float(use["leading"])),
            "letter-scale": use["letter_scale"],
            "advance-grid": 1 if use["whole_px"] else 0,
            "newline-markup": {"break": "<br/>", "mark": "↵", "red mark": _RED}[str(use["newline"])],
            "alignment": str(use["alignment"]).upper(),
            "columns": use["columns"],
            "gray-bits": use["gray_bits"],
            "horizontal-scale": squeeze,
            "auto-crop-last-page": True,
            "crop-grid": _GRID_PX if width_px % _GRID_PX == height_px % _GRID_PX == 0 else self._token_px,
        }
        if self.is_active(use, "column_gap"):
            keys["column-gap"] = use["column_gap"]
        for knob, key in (("tab_width", "tab-width"), ("highlight", "highlight")):
            if knob in use:
                keys[key] = use[knob]
        for knob, key in (("indent", "first-line-indent"), ("space_after", "space-after")):
            if knob in use and self.is_active(use, knob):
                keys[key] = use[knob]
        if use.get("border"):
            keys |= {"border-width": use["border"], "para-border-color": "#808080"}
        return Style.from_keys(keys, name=name).themed(str(use["theme"]))

    def genome(self, style: Style) -> Genome:
        """The nearest genome to a style, for searches that begin with one."""
        page = min(self["page"].choices, key=lambda each: _distance(str(each), style))
        dark = int(style.page_color[1:3], 16) < 128
        found: dict[str, Any] = {
            "page": page,
            "size": style.font_size * style.scale,
            "leading": (style.line_height - style.font_size) * style.scale,
            "letter_scale": style.letter_scale,
            "whole_px": style.advance_grid_px >= 1,
            "margin": min(style.margin_x, style.margin_y) * style.scale,
            "newline": "break" if style.newline == "break" else "red mark" if style.newline_color else "mark",
            "alignment": "justify" if style.alignment == "justify" else "left",
            "columns": style.columns,
            "column_gap": style.column_gap * style.scale,
            "gray_bits": style.gray_bits,
            "theme": "dark" if dark else "light" if style.page_color.upper() == "#FFFFFF" else "paper",
            "tab_width": style.tab_width,
            "highlight": "off" if style.highlight == "off" else "auto",
            "squeeze": style.horizontal_scale,
            "indent": style.first_line_indent * style.scale,
            "space_after": style.space_after * style.scale,
            "border": style.border_width * style.scale,
            "face": style.font,
        }
        known = {knob.name for knob in self.knobs}
        return self.repaired({name: value for name, value in found.items() if name in known})[0]

    def seeds(self) -> list[tuple[str, Genome]]:
        """Known-good styles to begin with, by name of preset."""
        return [(name, self.genome(Style.preset(name))) for name in _table()["seeds"]["styles"]]

    def mutated(self, genome: Genome, random: Random, n_knobs: int = 2) -> Genome:
        """With a few knobs changed: numbers by a few steps, choices drawn anew."""
        made = dict(genome)
        active = [knob for knob in self.knobs if self.is_active(made, knob.name)]
        for knob in random.sample(active, min(n_knobs, len(active))):
            if knob.choices:
                made[knob.name] = knob.draw(random)
            else:
                moved = float(made[knob.name]) + random.choice((-2, -1, 1, 2)) * knob.step
                made[knob.name] = knob.clipped(moved)
        return made

    def crossed(self, one: Genome, other: Genome, random: Random) -> Genome:
        """Each knob from either of two."""
        return {knob.name: (one if random.random() < 0.5 else other)[knob.name] for knob in self.knobs}

    @property
    def _token_px(self) -> int:
        return int(family_row(self.family).params.get("factor", 1)) or 1


def _distance(page: str, style: Style) -> float:
    width, height = map(int, page.split("x"))
    return abs(math.log(width * height / (style.width_px * style.height_px))) + abs(
        math.log(width / height / (style.width_px / style.height_px))
    )


def _pages(family: str) -> list[str]:
    """Pages that the family keeps as they are, with the most pixels for a token, the middle sizes first; of families that keep none, those
    with the most pixels for a token."""
    for sides in (_SIDES_PX[0], _SIDES_PX[0] + _SIDES_PX[1]):
        sizes = [(width, height) for width in sides for height in sides if 0.5 <= width / height <= 1.01]
        if kept := [size for size in sizes if resized(family, *size) == size]:
            sizes = kept
            break
    cost = {size: vision_tokens(family, *size) / (size[0] * size[1]) for size in sizes}
    least = min(cost.values())
    good = [size for size in sizes if cost[size] <= 1.03 * least]
    good.sort(key=lambda size: abs(math.log(size[0] * size[1] / 896**2)))
    return [f"{width}x{height}" for width, height in good[:_MOST_PAGES]]


def _faces(kinds: Sequence[str], fonts: Sequence[str]) -> list[str]:
    table = _table()["faces"]
    names = [name for kind in kinds for name in table.get(kind, table["prose"])]
    # A text of several scripts falls back on the others anyway.
    return list(dict.fromkeys([*fonts, *names]))


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads((resources.files("smallprint.search") / "space.toml").read_text(encoding="utf-8"))
