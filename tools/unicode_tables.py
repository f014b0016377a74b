"""Writes the tables of `smallprint.render.unicode` from the files of the Unicode Character Database.

    python tools/unicode_tables.py FOLDER

FOLDER holds the database as Debian's package unicode-data unpacks it (usr/share/unicode: UnicodeData.txt, extracted/, auxiliary/, emoji/).
Writes `tables.bin.xz` and `TABLES.toml`, which has the source and the sums. The same files give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from smallprint.render.unicode.properties import N_CODE_POINTS, PROPERTIES, UNICODE_VERSION

TARGET = Path(__file__).parents[1] / "src" / "smallprint" / "render" / "unicode"

# property: file, abbreviation in PropertyValueAliases.txt
FILES = {
    "bidi_class": ("extracted/DerivedBidiClass.txt", "bc"),
    "line_break": ("extracted/DerivedLineBreak.txt", "lb"),
    "grapheme_break": ("auxiliary/GraphemeBreakProperty.txt", "GCB"),
    "east_asian_width": ("extracted/DerivedEastAsianWidth.txt", "ea"),
    "script": ("Scripts.txt", "sc"),
    "general_category": ("extracted/DerivedGeneralCategory.txt", "gc"),
}
PICTOGRAPHIC = "emoji/emoji-data.txt"
SYLLABIC = "IndicSyllabicCategory.txt"
DATA, BRACKETS, MIRRORING = "UnicodeData.txt", "BidiBrackets.txt", "BidiMirroring.txt"
ALIASES = "PropertyValueAliases.txt"

# Indic_Conjunct_Break as DerivedCoreProperties.txt of Unicode 15.1 defines it: linkers and consonants of these scripts.
CONJUNCT_SCRIPTS = ("Beng", "Deva", "Gujr", "Mlym", "Orya", "Telu")
ZWJ = 0x200D

Values = np.ndarray  # of short names, one for each code point


class Database:
    """The files of a folder; remembers which were read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.read: dict[str, str] = {}
        self.short: dict[str, dict[str, str]] = {}
        for fields in self.rows(ALIASES):
            self.short.setdefault(fields[0], {}).update(dict.fromkeys(fields[1:], fields[1]))

    def text(self, name: str) -> str:
        data = (self.folder / name).read_bytes()
        self.read[name] = hashlib.sha256(data).hexdigest()
        text = data.decode()
        first = text.partition("\n")[0]
        stated = re.search(r"-(\d+\.\d+\.\d+)\.txt", first)
        if stated and stated[1] != UNICODE_VERSION:
            raise SystemExit(f"{name}: {first!r} is not of Unicode {UNICODE_VERSION}")
        return text

    def rows(self, name: str) -> Iterator[list[str]]:
        for line in self.text(name).splitlines():
            if fields := line.partition("#")[0].strip():
                yield [field.strip() for field in fields.split(";")]

    def values(self, name: str, abbreviation: str, wanted: str = "") -> Values:
        """Short names over all code points; later `@missing` lines over earlier ones, and what is listed over both."""
        text = self.text(name)
        short = self.short.get(abbreviation, {})
        found = np.full(N_CODE_POINTS, "", object)
        missing = re.findall(r"^# @missing: ([0-9A-F.]+); *(\w+)", text, re.MULTILINE)
        listed = (tuple(map(str.strip, line.partition("#")[0].split(";")[:2])) for line in text.splitlines())
        for span, value in [*missing, *(row for row in listed if len(row) == 2)]:
            if wanted and value != wanted:
                continue
            first, _, last = span.partition("..")
            found[int(first, 16) : int(last or first, 16) + 1] = short.get(value, value)
        return found


def conjunct_break(database: Database, script: Values, grapheme_break: Values) -> Values:
    syllabic = database.values(SYLLABIC, "InSC")
    is_combining = np.zeros(N_CODE_POINTS, bool)
    for fields in database.rows(DATA):
        is_combining[int(fields[0], 16)] = fields[3] != "0"
    of_these = np.isin(script.astype(str), CONJUNCT_SCRIPTS)
    found = np.full(N_CODE_POINTS, "None", object)
    found[is_combining] = "Extend"
    found[ZWJ] = "Extend"
    found[of_these & (syllabic == "Virama")] = "Linker"
    found[of_these & (syllabic == "Consonant")] = "Consonant"
    assert (grapheme_break[found == "Linker"] == "EX").all()
    return found


def bracket_rows(database: Database) -> list[tuple[int, int, int]]:
    """Bracket, opening bracket of its pair, whether it closes; canonical equivalents as the character that they stand for."""
    canonical = {
        int(fields[0], 16): int(fields[5], 16) for fields in database.rows(DATA) if re.fullmatch("[0-9A-F]+", fields[5])
    }
    rows = []
    for code, other, kind in database.rows(BRACKETS):
        here, there = int(code, 16), int(other, 16)
        opening = here if kind == "o" else there
        rows.append((here, canonical.get(opening, opening), int(kind == "c")))
    return sorted(rows)


def runs(values: Values) -> tuple[list[str], bytes, int]:
    texts = values.astype(str)
    names = sorted(set(texts.tolist()))
    numbers = np.searchsorted(np.array(names), texts).astype(np.uint8)
    starts = np.flatnonzero(np.diff(numbers, prepend=255))
    lengths = np.diff(starts, append=len(numbers)).astype("<u4")
    return names, lengths.tobytes() + numbers[starts].tobytes(), len(starts)


def build(database: Database) -> bytes:
    tables = {name: database.values(*source) for name, source in FILES.items()}
    for name, table in tables.items():
        if (table == "").any():
            raise SystemExit(f"{name}: no value for U+{np.flatnonzero(table == '')[0]:04X}")
    pictographic = database.values(PICTOGRAPHIC, "", "Extended_Pictographic")
    tables["extended_pictographic"] = np.where(pictographic == "", "N", "Y").astype(object)
    tables["indic_conjunct_break"] = conjunct_break(database, tables["script"], tables["grapheme_break"])
    parts: dict[str, dict[str, object]] = {}
    body = b""
    for name in PROPERTIES:
        names, data, n_runs = runs(tables[name])
        parts[name] = {"at": len(body), "n_bytes": len(data), "n_runs": n_runs, "names": names}
        body += data
    mirrored = sorted((int(a, 16), int(b, 16)) for a, b in database.rows(MIRRORING))
    for name, rows in (("brackets", bracket_rows(database)), ("mirrored", mirrored)):
        data = np.array(rows, "<u4").tobytes()
        parts[name] = {"at": len(body), "n_bytes": len(data)}
        body += data
    head = json.dumps({"unicode": UNICODE_VERSION, "parts": parts}, separators=(",", ":"))
    return lzma.compress(head.encode() + b"\n" + body, preset=9 | lzma.PRESET_EXTREME)


def about(database: Database, data: bytes) -> str:
    lines = [
        "# The tables of this folder. Written by tools/unicode_tables.py.",
        "",
        'schema = "smallprint.unicode/1"',
        f'unicode = "{UNICODE_VERSION}"',
        'file = "tables.bin.xz"',
        f'sha256 = "{hashlib.sha256(data).hexdigest()}"',
        f'source = "https://www.unicode.org/Public/{UNICODE_VERSION}/ucd/, as packed in Debian\'s unicode-data {UNICODE_VERSION}-1"',
        'license = "Unicode-DFS-2016 (LICENSE-Unicode.txt); the files\' values, run-length coded"',
        "",
        "[files] # sha256 of what was read",
        *(f'"{name}" = "{digest}"' for name, digest in sorted(database.read.items())),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    database = Database(parser.parse_args().folder)
    data = build(database)
    (TARGET / "tables.bin.xz").write_bytes(data)
    (TARGET / "TABLES.toml").write_text(about(database, data), encoding="utf-8")
    print(f"{len(data)} bytes from {len(database.read)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
