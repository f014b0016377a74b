"""The styles of the front, each with a piece of its page.

In: findings, pieces of pages by number of trial. Out: HTML.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from struct import unpack

from smallprint.errors import StyleError
from smallprint.search.report.findings import Change, Dot, Findings
from smallprint.search.report.marks import color, swatch
from smallprint.search.report.scatter import scatter
from smallprint.search.report.words import escaped, percent, percents, plural, times, value
from smallprint.search.values import Trial

_SCALE = 2
"""Screen px for a pixel of a page: small print is looked at closely."""
_PNG = b"\x89PNG\r\n\x1a\n"


def front(found: Findings, crops: Mapping[int, bytes]) -> str:
    """The picture of all trials, then the front, the densest last."""
    if not found.dots:
        return ""
    n, shown = len(found.front), sum(dot.is_front for dot in found.cards.values())
    words = f"{plural(n, 'style')} that no other beats" + (f", {shown:,} of them shown" if shown < n else "")
    beside = (
        " The best style is among them: the last choice found it beside the front." if len(found.cards) > shown else ""
    )
    return "\n".join(
        [
            "<h2>The front</h2>",
            f"<figure>{_legend(found)}{scatter(found)}</figure>",
            f"<h2>{words}</h2>",
            f"<p class='dim'>The densest last; a pixel of the page is {_SCALE} here.{beside}</p>",
            *(_card(found, dot, crops.get(dot.trial.number)) for dot in found.cards.values()),
        ]
    )


def changed(changes: tuple[Change, ...] | list[Change], *, before: bool) -> str:
    """Knobs and their values, with the earlier ones or without."""
    return ", ".join(
        f"<span class='knob'>{escaped(each.knob)} "
        + (f"{escaped(value(each.before))} → " if before else "")
        + f"<b>{escaped(value(each.after))}</b></span>"
        for each in changes
    )


def proposer(found: Findings, trial: Trial) -> str:
    """Its name behind its colour."""
    return f"{swatch(color(found, trial))} {escaped(trial.proposal.proposer)}"


def _legend(found: Findings) -> str:
    counts = {name: sum(dot.trial.proposal.proposer == name for dot in found.dots) for name in found.proposers}
    buttons = "".join(
        f"<button type='button' data-by='{escaped(name)}'>{swatch(at)} {escaped(name)} {counts[name]:,}</button>"
        for at, name in enumerate(found.proposers)
    )
    return (
        f"<figcaption class='legend'>{buttons}<span><svg width='18' height='14'><circle class='pt part' cx='9' cy='7' r='4.5'/></svg>"
        "stopped early</span><span><svg width='18' height='14'><path class='pt failed' d='M5 3l8 8m0 -8l-8 8'/></svg>failed</span>"
        "<span><svg width='26' height='14'><path class='stairs' d='M1 2h12v10h12'/></svg>front</span>"
        "<span><svg width='20' height='18'><path class='reference' d='M10 1l8 8l-8 8l-8 -8z'/></svg>on other text</span></figcaption>"
    )


def _card(found: Findings, dot: Dot, crop: bytes | None) -> str:
    scores, number = dot.scores, dot.trial.number
    best = dot is found.best
    exact = f", {percent(scores.exact)} of {plural(scores.exact_n, 'exact string')}" if scores.exact is not None else ""
    changes = changed(found.changes(dot.trial), before=False) or "none"
    reason = f"<dt>reason</dt><dd>{escaped(dot.trial.proposal.reason)}</dd>" if dot.trial.proposal.reason else ""
    return (
        f"<article id='front-{number}' class='{'best' if best else 'other'}'><div class='crop'>{_image(crop, number)}</div>"
        f"<div class='facts'><h3>{times(scores.compression)}, {percents(scores.cer, scores.cer_interval)} wrong{exact}</h3><dl>"
        f"<dt>trial</dt><dd><a href='#trial-{number}'>#{number}</a> {proposer(found, dot.trial)}{', <b>the best</b>' if best else ''}</dd>"
        f"<dt>not as by default</dt><dd>{changes}</dd>{reason}</dl>{_toml(found, dot, is_open=best)}</div></article>"
    )


def _image(crop: bytes | None, number: int) -> str:
    size = None if crop is None else _size(crop)
    if crop is None or size is None:
        return "<p class='dim'>No crop of its page.</p>"
    data = b64encode(crop).decode()
    return (
        f"<img alt='the top left of a page of #{number}' data-trial='{number}' width='{_SCALE * size[0]}' height='{_SCALE * size[1]}' "
        f"src='data:image/png;base64,{data}'>"
    )


def _size(crop: bytes) -> tuple[int, int] | None:
    """(width, height) in px; None for what is no PNG."""
    if len(crop) < 33 or not crop.startswith(_PNG):
        return None
    width, height = unpack(">II", crop[16:24])
    return (width, height) if 0 < width <= 4096 and 0 < height <= 4096 else None


def _toml(found: Findings, dot: Dot, *, is_open: bool) -> str:
    """The style as a file, to be used with --style."""
    try:
        style = found.space.style(found.space.repaired(dot.trial.genome)[0], name=f"trial-{dot.trial.number}")
    except StyleError as error:
        return f"<p class='dim'>No such style: {escaped(error)}</p>"
    return (
        f"<details{' open' if is_open else ''}><summary>TOML, for --style</summary><button type='button' class='copy'>copy</button>"
        f"<pre>{escaped(style.to_toml())}</pre></details>"
    )
