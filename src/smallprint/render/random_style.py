"""Styles at random, as the continual pre-training of Glyph draws them (arXiv 2510.17800, section on themes and appendix, read 2026-11-20).

In: a random number generator. Out: `Style` after `Style`. The shares that the paper does not give are ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, TypeVar

from smallprint.errors import DataError, StyleError
from smallprint.render.style import Style

T = TypeVar("T")
Groups = tuple[tuple[float, tuple[T, ...]], ...]
"""Shares, and the values among which each is divided evenly."""
Keys = dict[str, Any]

DPI = ((0.3, (48, 54)), (0.45, (60, 66, 72, 78)), (0.2, (96, 120, 144)), (0.05, (200, 300)))
PAGES_PT = (
    "595,842", "842,595", "420,595", "842,1191", "709,1001", "499,709", "612,792", "612,1008", "792,1224", "512,512", "768,432"
)  # fmt: skip
FACES = (
    (0.5, ("DejaVu Sans", "Source Sans 3")),
    (0.2, ("DejaVu Serif",)),
    (0.2, ("DejaVu Sans Mono",)),
    (0.1, ("DejaVu Sans Condensed",)),
)
MIN_AREA_PX = 250_000
MARGINS_PT = (5, 10, 20, 40)
SIZES_PT = (7, 7.5, 8, 9, 9.5, 10, 11, 12, 14)
LEADING_PT = (0, 1, 2, 3)
ALIGNMENTS = ((0.6, ("LEFT",)), (0.3, ("JUSTIFY",)), (0.1, ("RIGHT", "CENTER")))
SCALES = ((0.7, (1.0,)), (0.2, (0.95, 0.9)), (0.1, (0.85, 0.8, 0.75)))
THEMES = ((0.75, ("light",)), (0.15, ("dark",)), (0.1, ("paper",)))
INDENTS: Groups[Keys] = (
    (0.6, ({},)),
    (0.25, ({"first-line-indent": 12}, {"first-line-indent": 18})),
    (0.15, ({"left-indent": 12, "first-line-indent": -12},)),
)
SPACING: Groups[Keys] = ((0.6, ({},)), (0.25, ({"space-after": 3},)), (0.15, ({"space-before": 4, "space-after": 8},)))
NEWLINES: Groups[Keys] = (
    (0.7, ({},)),
    (0.3, ({"newline-markup": "↵"}, {"newline-markup": '<font color="#FF0000"> \\n </font>'})),
)
BORDERS: Groups[Keys] = ((0.9, ({},)), (0.1, ({"border-width": 1, "para-border-color": "#808080"},)))


def random_styles(
    random: Random, *, pool: int = 64, fresh: float = 0.03, max_area_px: int = 4_000_000
) -> Iterator[Style]:
    """Styles without end, with pages of at most `max_area_px` pixels; the same for the same state of `random`.

    Glyphs are drawn once a lettering (face, size, resolution, width, mark), so `pool` letterings are at hand at a time, each for many
    pages; a share of `fresh` of the styles brings a new one in place of an old one.
    """
    if pool < 1 or max_area_px < MIN_AREA_PX:
        raise DataError(f"random styles: give a pool of at least 1 and an area of at least {MIN_AREA_PX:,} px")
    letterings: list[dict[str, Any]] = []
    while True:
        if len(letterings) < pool:
            letterings.append(_lettering(random))
            lettering = letterings[-1]
        else:
            at = random.randrange(pool)
            if random.random() < fresh:
                letterings[at] = _lettering(random)
            lettering = letterings[at]
        try:
            style = Style.from_keys({**lettering, **_setting(random)}, name="random").themed(_draw(random, THEMES))
        except StyleError:
            # The page has too little room, or too many pixels: draw again.
            continue
        if style.width_px * style.height_px <= max_area_px:
            yield style


def _lettering(random: Random) -> dict[str, Any]:
    size = random.choice(SIZES_PT)
    return {
        "dpi": _draw(random, DPI),
        "font-path": _draw(random, FACES),
        "font-size": size,
        "line-height": size + random.choice(LEADING_PT),
        "horizontal-scale": _draw(random, SCALES),
        **_draw(random, NEWLINES),
    }


def _setting(random: Random) -> dict[str, Any]:
    return {
        "page-size": random.choice(PAGES_PT),
        "margin-x": random.choice(MARGINS_PT),
        "margin-y": random.choice(MARGINS_PT),
        "alignment": _draw(random, ALIGNMENTS),
        "auto-crop-width": random.random() < 0.5,
        "auto-crop-last-page": random.random() < 0.5,
        **_draw(random, INDENTS),
        **_draw(random, SPACING),
        **_draw(random, BORDERS),
    }


def _draw(random: Random, groups: Groups[T]) -> T:
    (_, values), *_ = random.choices(groups, [share for share, _ in groups])
    return random.choice(values)
