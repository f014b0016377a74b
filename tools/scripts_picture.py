"""The picture of many scripts in docs/: the samples of tests/render/scripts.toml on one page.

python tools/scripts_picture.py docs/scripts.png
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

from smallprint.render import Style, render

ROOT = Path(__file__).parents[1]
SHOWN = (
    *(
        "Arabic",
        "Urdu",
        "Hebrew",
        "Hindi",
        "Bengali",
        "Tamil",
        "Telugu",
        "Punjabi",
        "Malayalam",
        "Sinhala",
        "Thai",
        "Lao",
    ),
    *(
        "Khmer",
        "Burmese",
        "Tibetan",
        "Greek",
        "Russian",
        "Georgian",
        "Armenian",
        "Amharic",
        "Chinese",
        "Japanese",
        "Korean",
    ),
    *("Emoji", "Marks", "Mixed"),
)
KEYS = {
    "page-size": "570,900",
    "margin-x": 8,
    "margin-y": 8,
    "line-height": 13,
    "space-after": 2,
    "auto-crop-width": False,
}
"""`legible`, on a page of 760 px."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    args = parser.parse_args()
    samples = tomllib.loads((ROOT / "tests/render/scripts.toml").read_text(encoding="utf-8"))
    pages = render("\n".join(samples[name] for name in SHOWN), Style.preset("legible").with_keys(KEYS))
    (page,) = pages
    args.file.write_bytes(page.png("small"))
    print(f"{args.file}: {page.width_px} x {page.height_px} px, {page.span[1]:,} characters")


if __name__ == "__main__":
    main()
