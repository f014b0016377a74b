"""What is known of how well a model reads: its best style, and how errors grow with compression.

In: a TOML file that `smallprint search` or `smallprint calibrate` wrote. Out: a `Profile`. `--profile` takes its style, and where a
verb asks a model, its reader.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from smallprint.errors import DataError, SmallprintError, StoreError

if TYPE_CHECKING:
    from smallprint.render import Style

SCHEMA = "smallprint.profile/1"


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """How one style was read."""

    ratio: float
    """Text tokens over visual tokens of the reader's family."""
    cer: float
    """Character errors, a share."""
    exact: float | None = None
    """Share of exact strings that were read without a mistake; None where none were asked for."""
    style: str = ""
    """In short: its name, or the size of its letters."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A reader and the style that suits it."""

    reader: str
    """As the registry names it."""
    family: str
    """Whose tokens were counted."""
    style: Style
    curve: tuple[CurvePoint, ...]
    """By compression, the thinnest first."""
    date: str
    command: str
    about: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What else was found, such as whether the model says so when it cannot tell; values that JSON has."""

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Profile:
        """Raises `StoreError` for a file that cannot be read, `DataError` for one that is no profile, `StyleError` for its style."""
        from smallprint.render import Style

        name = os.fspath(path)
        try:
            table = tomllib.loads(Path(name).read_text(encoding="utf-8"))
        except OSError as error:
            raise StoreError(f"{name}: {error.strerror or error}") from None
        except ValueError as error:
            raise DataError(f"{name}: not a profile: {error}") from None
        if table.get("schema") != SCHEMA:
            raise DataError(f"{name}: not a profile: its schema is {table.get('schema')!r}, not {SCHEMA!r}")
        try:
            style = Style.from_keys(cast("dict[str, Any]", table["style"]), name=Path(name).stem)
            return cls(
                reader=str(table["reader"]),
                family=str(table["family"]),
                style=style,
                curve=tuple(CurvePoint(**row) for row in table.get("curve", ())),
                date=str(table["date"]),
                command=str(table["command"]),
                about=table.get("about", {}),
            )
        except SmallprintError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(f"{name}: not a profile: {error}") from None

    def to_toml(self) -> str:
        """The file's text."""
        head = {
            "schema": SCHEMA,
            "reader": self.reader,
            "family": self.family,
            "date": self.date,
            "command": self.command,
        }
        lines = [_line(name, value) for name, value in head.items()]
        if self.about:
            lines += ["", "[about]", *(_line(name, value) for name, value in self.about.items() if value is not None)]
        lines += ["", "[style]", *(_line(name, value) for name, value in self.style.to_glyph().items())]
        for point in self.curve:
            lines += ["", "[[curve]]"]
            lines += [_line(name, value) for name, value in vars(point).items() if value is not None]
        return "\n".join(lines) + "\n"

    def save(self, path: Path) -> None:
        """Whole or not at all. Raises `StoreError`."""
        beside = path.with_name(path.name + ".new")
        try:
            beside.write_text(self.to_toml(), encoding="utf-8")
            beside.replace(path)
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror or error}") from None


def _line(name: str, value: Any) -> str:
    # JSON's strings, numbers, booleans and lists of them are TOML's too, but for the delete character.
    return f"{name} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
