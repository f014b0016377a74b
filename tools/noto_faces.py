"""The faces of scripts: copies Noto's files and writes what FACES.toml says of them.

    dpkg -x fonts-noto-core_20201225-1_all.deb noto && python tools/noto_faces.py noto/usr/share/fonts/truetype/noto

One face a script, sans serif where there is one; not the faces of Latin letters, which others draw, and neither SignWriting nor Tangut,
which would take nine megabytes. A face is asked for the scripts that the characters of its table belong to, where it has at least half of
what any face of the folder has of that script; and for what several scripts share and no face has that is asked for every character: the
danda of Devanagari is that of all India.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from collections import Counter, defaultdict
from pathlib import Path

from fontTools.ttLib import TTFont

from smallprint.render.unicode import properties

FACES = Path(__file__).parents[1] / "src/smallprint/render/faces"
SOURCE = "Debian package fonts-noto-core 20201225-1 (https://github.com/notofonts)"
LEFT_OUT = re.compile(r"Sans(Display|Mono|SignWriting|AdlamUnjoined|Tifinagh.+)?-")
SERIF = ("Ahom", "Dogra", "NyiakengPuachueHmong", "Tibetan", "Yezidi")
SHARED = {"Zyyy", "Zinh", "Zzzz", "Latn", "Grek", "Cyrl"}
FIRST = ("DejaVuSans.ttf", "NotoSansCJK-Regular.ttc", "NotoEmoji-Regular.ttf")
PREFERRED = "Noto Sans Devanagari"
EVERYWHERE = (
    "Noto Sans Symbols",
    "Noto Sans Symbols2",
    "Noto Sans Math",
    "Noto Music",
    "Noto Sans Indic Siyaq Numbers",
    "Noto Sans Mayan Numerals",
)


def main(folder: Path) -> None:
    files = [path for path in sorted(folder.glob("NotoSans*-Regular.ttf")) if not LEFT_OUT.search(path.name)]
    files += [folder / f"NotoSerif{name}-Regular.ttf" for name in SERIF] + [folder / "NotoMusic-Regular.ttf"]
    script_of, names = properties.classes("script"), properties.names("script")
    found: dict[str, Counter[str]] = {}
    about: dict[str, tuple[Path, str]] = {}
    for path in files:
        font = TTFont(path)
        family = font["name"].getDebugName(1) or path.stem
        version = re.search(r"\d+\.\d+", font["name"].getDebugName(5) or "")
        about[family] = path, version[0] if version else "unknown"
        found[family] = Counter(names[script_of[code_point]] for code_point in font.getBestCmap())
    everywhere = {c for name in FIRST for c in TTFont(FACES / name, fontNumber=0).getBestCmap()}
    everywhere |= {c for family in EVERYWHERE for c in TTFont(about[family][0]).getBestCmap()}
    shared: dict[str, list[int]] = defaultdict(list)
    for family in sorted(about, key=lambda family: (family != PREFERRED, family)):
        for c in sorted(TTFont(about[family][0]).getBestCmap()):
            if names[script_of[c]] in ("Zyyy", "Zinh") and c not in everywhere:
                shared[family].append(c)
                everywhere.add(c)
    most: dict[str, int] = defaultdict(int)
    for counts in found.values():
        for script, n in counts.items():
            most[script] = max(most[script], n)
    out = ["# Written by tools/noto_faces.py: one face a script, and the scripts (ISO 15924) that it is asked for.\n"]
    (FACES / "noto").mkdir(exist_ok=True)
    for family, (path, version) in sorted(about.items()):
        scripts = sorted(s for s, n in found[family].items() if s not in SHARED and 2 * n >= most[s])
        if not scripts and family not in EVERYWHERE:
            print("nothing of its own:", family, dict(found[family]))
            continue
        target = FACES / "noto" / path.name
        shutil.copyfile(path, target)
        target.chmod(0o644)
        out.append(
            f'[face."{family}"]\nfile = "noto/{path.name}"\nversion = "{version}"\n'
            f'sha256 = "{hashlib.sha256(path.read_bytes()).hexdigest()}"\nlicence = "LICENSE-Noto.txt"\nsource = "{SOURCE}"\n'
            f"scripts = [{', '.join(map(repr, scripts))}]\n".replace("'", '"')
            + (f'shared = "{escaped(shared[family])}"\n' if shared[family] else "")
        )
    (FACES / "NOTO.toml").write_text("\n".join(out), encoding="utf-8")


def escaped(code_points: list[int]) -> str:
    """As TOML writes characters that few screens show."""
    return "".join(f"\\U{code_point:08x}" for code_point in code_points)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
