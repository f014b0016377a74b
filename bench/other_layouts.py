"""Paragraphs as other programs lay them out: Chromium (headless) and Pango, with the faces that smallprint ships and in their order.

In: paragraphs, the name of a face, a size and line widths in pixels. Out: a layout of each paragraph on one endless line, then one at each
width. Both programs run apart from this one and see no faces but ours. Knows nothing of smallprint's pages.
"""

from __future__ import annotations

import html
import json
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smallprint.render import fonts, shaping
from smallprint.render.unicode.properties import classes, names

FACES = Path(fonts.__file__).parent / "faces"

FONTCONFIG = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{faces}</dir><cachedir>{cache}</cachedir>
<match target="font"><edit name="hinting" mode="assign"><bool>false</bool></edit></match></fontconfig>"""

# Without these two a browser sets Chinese punctuation narrower, and Latin letters apart from Chinese ones, than the faces say.
PAGE = """<!doctype html><meta charset="utf-8"><style>{faces}
#box {{ font: {size_px}px {families}; line-height: 1.5; text-align: start; text-rendering: geometricPrecision; hyphens: none;
  overflow-wrap: anywhere; tab-size: 8; text-spacing-trim: {spacing}; text-autospace: no-autospace; }}
body {{ margin: 0 }}</style><div id="box" dir="auto"></div><pre id="out"></pre><script>
const texts = {texts}, widths = {widths}, box = document.getElementById('box'), range = document.createRange();
function measure(text, width) {{
  box.style.width = width ? width + 'px' : 'max-content';
  box.style.whiteSpace = width ? 'pre-wrap' : 'pre';
  box.textContent = text;
  const node = box.firstChild, edges = [], starts = [];
  let top = -1e9, at = 0, number = 0;
  for (const char of text) {{
    range.setStart(node, at); range.setEnd(node, at += char.length);
    let left = 1e9, right = -1e9, last = null;
    for (const rect of range.getClientRects()) {{
      if (last && rect.top > last.top + 2) {{ left = 1e9; right = -1e9; }}
      left = Math.min(left, rect.left); right = Math.max(right, rect.right); last = rect;
    }}
    if (last && last.top > top + 2) {{
      if (number) starts.push(number);
      top = last.top;
    }}
    if (!last) left = right = 0;
    edges.push(Math.round(left * 64), Math.round(right * 64));
    number++;
  }}
  return [edges, starts];
}}
(async () => {{
  await Promise.all([...document.fonts].map(face => face.load()));
  const all = texts.map(text => [0, ...widths].map(width => measure(text, width)));
  document.getElementById('out').textContent = JSON.stringify(all);
}})();
</script>"""

PANGO = """
import json, sys
import gi
gi.require_version("Pango", "1.0"); gi.require_version("PangoCairo", "1.0")
from gi.repository import Pango, PangoCairo
texts, widths, families, size_px = json.load(sys.stdin)
SCALE = 16  # larger letters on wider lines: advances that are rounded to pixels hardly show
context = PangoCairo.FontMap.get_default().create_context()
context.set_round_glyph_positions(False)
font = Pango.FontDescription()
font.set_family(families); font.set_absolute_size(size_px * SCALE * Pango.SCALE)
unit = 64 / (SCALE * Pango.SCALE)
def places(text):
    ends, at = [], 0
    for char in text:
        ends.append(at); at += len(char.encode())
    return ends
found = []
for text in texts:
    starts = places(text)
    number = {at: n for n, at in enumerate(starts)}
    layout = Pango.Layout.new(context)
    layout.set_font_description(font); layout.set_auto_dir(True); layout.set_text(text, -1)
    layout.set_wrap(Pango.WrapMode.WORD_CHAR)
    rows = []
    for width in (0, *widths):
        layout.set_width(width * SCALE * Pango.SCALE if width else -1)
        edges = []
        for at in starts:
            rect = layout.index_to_pos(at)
            left, right = sorted((rect.x, rect.x + rect.width))
            edges += [round(left * unit), round(right * unit)]
        begin = [line.start_index for line in layout.get_lines_readonly()[1:]]
        rows.append([edges, [number[at] for at in begin if at in number]])
    found.append(rows)
json.dump([Pango.version_string(), found], sys.stdout)
"""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Of one paragraph at one width."""

    edges: NDArray[np.float64]
    """(n, 2): where each character begins and ends along its line, from left to right, in pixels."""
    starts: list[int]
    """The characters that lines after the first begin with."""


class Unavailable(Exception):
    """The program is not there, or does not do what is asked."""


def chromium(
    program: str, texts: list[str], *, font: str, size_px: int, widths: tuple[int, ...], trim: bool = False
) -> tuple[str, list[list[Layout]]]:
    """The version, and for each text its layouts: one endless line, then each width.

    With `trim` Chinese punctuation is set as a browser does it if it is told nothing.
    """
    rules = list(_rules(font))
    page = PAGE.format(
        faces="".join(rule for _, rule in rules),
        families=",".join(name for name, _ in rules),
        size_px=size_px,
        spacing="normal" if trim else "space-all",
        texts=json.dumps(texts).replace("<", "\\u003c"),
        widths=json.dumps(widths),
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(Path(folder))
        path = Path(folder) / "page.html"
        path.write_text(page, encoding="utf-8")
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--font-render-hinting=none", "--no-first-run"]
        version = _run([program, "--version"], environment)
        told = _run(
            [
                *[program, *options, f"--user-data-dir={folder}/profile", "--virtual-time-budget=100000000"],
                *["--dump-dom", path.as_uri()],
            ],
            environment,
        )
    _, _, rest = told.partition('<pre id="out">')
    data, _, _ = rest.partition("</pre>")
    if not data:
        raise Unavailable(f"{program}: the page was not measured")
    return version.strip(), _layouts(json.loads(html.unescape(data)))


def pango(
    python: str, texts: list[str], *, font: str, size_px: int, widths: tuple[int, ...]
) -> tuple[str, list[list[Layout]]]:
    """The version, and for each text its layouts: one endless line, then each width, by a Python that has GObject's bindings of Pango."""
    families = ",".join(face.name for face in fonts.chain(font))
    with tempfile.TemporaryDirectory() as folder:
        told = _run(
            [python, "-I", "-W", "ignore", "-c", PANGO],
            _environment(Path(folder)),
            json.dumps([texts, widths, families, size_px]),
        )
    version, rows = json.loads(told)
    return f"Pango {version}", _layouts(rows)


def _layouts(texts: list[Any]) -> list[list[Layout]]:
    return [
        [Layout(edges=np.array(edges, float).reshape(-1, 2) / 64, starts=starts) for edges, starts in rows]
        for rows in texts
    ]


def _environment(folder: Path) -> dict[str, str]:
    config = folder / "fonts.conf"
    config.write_text(FONTCONFIG.format(faces=FACES, cache=folder / "cache"), encoding="utf-8")
    return {"FONTCONFIG_FILE": str(config), "HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def _run(command: list[str], environment: dict[str, str], given: str | None = None) -> str:
    try:
        done = subprocess.run(command, input=given, env=environment, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Unavailable(f"{command[0]}: {error.strerror}") from None
    if done.returncode:
        raise Unavailable(f"{command[0]}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return done.stdout


def _rules(font: str) -> Iterable[tuple[str, str]]:
    """Names and rules of style sheets for our faces in the order in which they are asked, each for the characters that it is asked for."""
    table = fonts._table()["face"]  # pyright: ignore[reportPrivateUsage]
    scripts = names("script")
    of = classes("script")
    shared = np.flatnonzero(np.isin(of, [scripts.index("Zinh")]))

    def rule(name: str, codes: NDArray[np.int64] | None) -> tuple[str, str]:
        face: Any = fonts.resolve(name)
        postscript = face._face.postscript_name.decode()
        limit = "" if codes is None else f"unicode-range:{_ranges(codes)};"
        family = "f" + "".join(char for char in name if char.isalnum())
        return family, f'@font-face{{font-family:{family};src:local("{postscript}");{limit}}}\n'

    every = np.arange(0x110000)
    emoji = [code for code in range(0x231A, 0x20000) if shaping.is_emoji(code)]
    # What joins emoji to one, and flags and their letters.
    joined = [0x200D, 0xFE0F, *range(0x1F1E6, 0x1F200), *range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080)]
    yield rule(fonts.emoji().name, np.array(emoji + joined))
    chain = [face.name for face in fonts.chain(font)]
    for name in chain:
        refused = [scripts.index(script) for script in table.get(name, {}).get("unasked", ())]
        yield rule(name, every[~np.isin(of, refused)] if refused else None)
    last = [face.name for face in fonts.of_script("Zyyy")]
    for name, entry in table.items():
        own = [scripts.index(script) for script in entry.get("scripts", ()) if script in scripts]
        if own and name not in chain:
            codes = np.union1d(np.flatnonzero(np.isin(of, own)), shared)
            yield rule(name, np.union1d(codes, [ord(char) for char in entry.get("shared", "")]))
    for name in last:
        family, text = rule(name, None)
        yield family + "Last", text.replace(family, family + "Last")


def _ranges(codes: NDArray[np.int64]) -> str:
    codes = np.sort(codes.astype(np.int64))
    cuts = np.flatnonzero(np.diff(codes) != 1)
    starts, ends = codes[np.r_[0, cuts + 1]], codes[np.r_[cuts, len(codes) - 1]]
    return ",".join(f"U+{a:X}-{b:X}" for a, b in zip(starts.tolist(), ends.tolist(), strict=True))
