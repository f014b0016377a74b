"""Cells become rows: for each length and style, what pages buy against text.

In: cells, the settings, the roof of the device. Out: `Row`, of measured lengths and, from curves through these, of one beyond. What a row
has not (a cell out of memory, a measure not asked for) is None, and `missing` says why. Knows no clock.

Three ways of counting: `..._speedup` is the text part alone, with the pages already encoded; `..._encoder_counted` adds the vision
encoder, as the paper counts; `..._all_counted` adds the rendering and the preprocessing too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from smallprint.bench.model.cells import Cell
from smallprint.bench.model.curve import Curve, crossing, fit
from smallprint.bench.model.devices import Peak
from smallprint.bench.model.network import ANSWER_TOKENS
from smallprint.bench.model.roofline import Work, seconds
from smallprint.bench.model.run import TEXT, Settings

Cells = dict[tuple[str, int, str], Cell]
_REACH = 16
"""No further than so many times the longest length measured is anything extrapolated."""
_SQUARE = ("prefill", "train")
"""Cells whose time has a part that grows with the square of the length."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One length in one style, against the same content as text."""

    length: int
    style: str
    text_tokens: int
    page_tokens: int
    """Visual tokens, and the tags around pages."""
    n_pages: int
    ratio: float
    """Text tokens a visual token."""
    render_s: float | None = None
    patches_s: float | None = None
    encoder_s: float | None = None
    prefill_text_s: float | None = None
    prefill_pages_s: float | None = None
    """Of the text part."""
    prefill_all_s: float | None = None
    """Rendering, preprocessing, encoder and text part."""
    prefill_speedup: float | None = None
    prefill_speedup_range: tuple[float, float] | None = None
    """Slowest repeat of text over fastest of pages, and the other way round."""
    prefill_speedup_encoder_counted: float | None = None
    prefill_speedup_all_counted: float | None = None
    prefill_speedup_all_counted_range: tuple[float, float] | None = None
    decode_text_tokens_s: float | None = None
    """Tokens a second at the largest batch."""
    decode_pages_tokens_s: float | None = None
    decode_text_batch: int | None = None
    decode_pages_batch: int | None = None
    decode_speedup: float | None = None
    decode_speedup_batch_1: float | None = None
    decode_text_step_s: float | None = None
    """At batch 1."""
    decode_pages_step_s: float | None = None
    answer_speedup_all_counted: float | None = None
    """Content to an answer of `ANSWER_TOKENS`, batch 1: everything before the first token counted too."""
    train_text_s: float | None = None
    train_pages_s: float | None = None
    """Of the text part."""
    train_encoder_s: float | None = None
    """Forward and backward through the encoder."""
    sft_speedup: float | None = None
    sft_speedup_range: tuple[float, float] | None = None
    sft_speedup_encoder_counted: float | None = None
    sft_speedup_all_counted: float | None = None
    kv_text_bytes: int | None = None
    kv_pages_bytes: int | None = None
    kv_saving: float | None = None
    peak_bytes: dict[str, int] = field(default_factory=dict[str, int])
    """Of each cell: on a GPU what torch allocated, on a processor the process."""
    spread: dict[str, tuple[float, float, int]] = field(default_factory=dict[str, tuple[float, float, int]])
    """Of each cell: fastest and slowest repeat, and how many there were."""
    missing: dict[str, str] = field(default_factory=dict[str, str])
    roofline: dict[str, float] = field(default_factory=dict[str, float])
    """The same figures by arithmetic and memory traffic alone, without rendering and preprocessing."""
    scaled_layers: int | None = None
    """Fewest text layers that were measured and extended to all; None where all were."""
    extrapolated: bool = False
    predicted: bool = False
    """Nothing was measured: the figures are the roofline's."""
    fit_error: dict[str, float] = field(default_factory=dict[str, float])
    """Of an extrapolated row: the largest relative error of each curve at the measured lengths."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def rows_of(cells: Cells, settings: Settings, work: Work | None, peak: Peak | None, width: int) -> list[Row]:
    """A row for each length and style of which the pages are known."""
    found: list[Row] = []
    for style in settings.styles:
        for length in sorted(set(settings.lengths)):
            drawn = cells.get(("render", length, style))
            if drawn is not None:
                found.append(_row(cells, settings, drawn, work, peak, width))
    return found


def extended(rows: list[Row], cells: Cells, settings: Settings, length: int) -> list[Row]:
    """A row for each style at a length beyond those measured, from curves through three lengths or more."""
    made: list[Row] = []
    for style in settings.styles:
        here = [row for row in rows if row.style == style]
        if len(here) < 3 or not here[-1].length < length <= here[-1].length * _REACH:
            continue
        last = here[-1]
        tokens = {TEXT: float(length), style: length * last.page_tokens / last.text_tokens}
        curves: dict[tuple[str, str], Curve] = {}
        for what in ("render", "patches", "encode", "prefill", "decode", "train", "encode-train"):
            for arm in (TEXT, style):
                curve = _curve(cells, settings, what, arm, length)
                if curve is not None:
                    curves[what, arm] = curve

        def at(
            what: str, arm: str, curves: dict[tuple[str, str], Curve] = curves, tokens: dict[str, float] = tokens
        ) -> float | None:
            curve = curves.get((what, arm))
            return None if curve is None else curve.at(tokens[arm])

        figures = _figures(
            render_s=at("render", style),
            patches_s=at("patches", style),
            encoder_s=at("encode", style),
            prefill_text_s=at("prefill", TEXT),
            prefill_pages_s=at("prefill", style),
            decode_text_step_s=at("decode", TEXT),
            decode_pages_step_s=at("decode", style),
            train_text_s=at("train", TEXT),
            train_pages_s=at("train", style),
            train_encoder_s=at("encode-train", style),
        )
        made.append(
            Row(
                length=length,
                style=style,
                text_tokens=length,
                page_tokens=round(tokens[style]),
                n_pages=round(last.n_pages * length / last.text_tokens),
                ratio=last.ratio,
                extrapolated=True,
                scaled_layers=last.scaled_layers,
                fit_error={
                    f"{what}-{'text' if arm == TEXT else 'pages'}": curve.error for (what, arm), curve in curves.items()
                },
                **figures,
            )
        )
    return made


def _curve(cells: Cells, settings: Settings, what: str, arm: str, length: int) -> Curve | None:
    """Through the measured lengths that say most of `length`: the longer ones, where there are three of them."""
    known = [
        cell
        for key, cell in cells.items()
        if key[0] == what and key[2] == arm and cell.samples and key[1] in settings.lengths
    ]
    longest = max((cell.length for cell in known), default=0)
    if not longest < length <= longest * _REACH:
        return None
    late = [cell for cell in known if cell.length * _REACH >= longest]
    chosen = late if len(late) >= 3 else known
    return fit([cell.n_tokens for cell in chosen], [median(cell.samples) for cell in chosen], square=what in _SQUARE)


def pays_from(rows: list[Row], figure: str) -> dict[str, dict[str, Any]]:
    """For each style, the length from which a speed-up stays over 1, and whether that is the shortest length measured."""
    found: dict[str, dict[str, Any]] = {}
    for style in dict.fromkeys(row.style for row in rows):
        points = [
            (row.length, getattr(row, figure))
            for row in rows
            if row.style == style and not row.extrapolated and getattr(row, figure) is not None
        ]
        length, bound = crossing([x for x, _ in points], [y for _, y in points])
        found[style] = {"length": None if length is None else round(length), "at_most": bound}
    return found


def _row(cells: Cells, settings: Settings, drawn: Cell, work: Work | None, peak: Peak | None, width: int) -> Row:
    length, style = drawn.length, drawn.arm

    def cell(what: str, arm: str = style) -> Cell | None:
        return cells.get((what, length, arm))

    def time(what: str, arm: str = style) -> float | None:
        found = cell(what, arm)
        return median(found.samples) if found and found.samples else None

    here = [
        found
        for (what, at, arm), found in cells.items()
        if at == length and arm in (TEXT, style) and (what == "render" or found)
    ]
    names = {id(found): f"{found.what}-{'text' if found.arm == TEXT else 'pages'}" for found in here}
    text = cell("prefill", TEXT) or cell("decode", TEXT)
    pages = cell("prefill") or cell("decode")
    kv = (text.kv_bytes, pages.kv_bytes) if text and pages else (None, None)
    many = cell("decode-largest", TEXT), cell("decode-largest")
    rates = [found.batch / median(found.samples) if found and found.samples else None for found in many]
    scaled = [found.layers for found in here if found.layers]
    encoded = cell("encode")
    page_tokens = tuple(encoded.more.get("page_tokens", ())) if encoded else ()
    counts = drawn.more
    return Row(
        length=length,
        style=style,
        text_tokens=int(counts["n_text_tokens"]),
        page_tokens=drawn.n_tokens,
        n_pages=int(counts["n_pages"]),
        ratio=counts["n_text_tokens"] / counts["visual_tokens"],
        decode_text_tokens_s=rates[0],
        decode_pages_tokens_s=rates[1],
        decode_text_batch=many[0].batch if many[0] and many[0].samples else None,
        decode_pages_batch=many[1].batch if many[1] and many[1].samples else None,
        decode_speedup=_over(rates[1], rates[0]),
        prefill_speedup_range=_range([cell("prefill", TEXT)], [cell("prefill")]),
        prefill_speedup_all_counted_range=_range(
            [cell("prefill", TEXT)], [cell("render"), cell("patches"), cell("encode"), cell("prefill")]
        ),
        sft_speedup_range=_range([cell("train", TEXT)], [cell("train")]),
        kv_text_bytes=kv[0],
        kv_pages_bytes=kv[1],
        kv_saving=None if kv[0] is None or kv[1] is None else 1 - kv[1] / kv[0],
        peak_bytes={names[id(found)]: found.peak_bytes for found in here if found.peak_bytes is not None},
        spread={
            names[id(found)]: (min(found.samples), max(found.samples), len(found.samples))
            for found in here
            if found.samples
        },
        missing={names[id(found)]: found.error for found in here if found.error is not None},
        roofline=_roofline(work, peak, int(counts["n_text_tokens"]), drawn.n_tokens, page_tokens, many, width, settings)
        if work and peak
        else {},
        scaled_layers=min(scaled) if scaled else None,
        **_figures(
            render_s=time("render"),
            patches_s=time("patches"),
            encoder_s=time("encode"),
            prefill_text_s=time("prefill", TEXT),
            prefill_pages_s=time("prefill"),
            decode_text_step_s=time("decode", TEXT),
            decode_pages_step_s=time("decode"),
            train_text_s=time("train", TEXT),
            train_pages_s=time("train"),
            train_encoder_s=time("encode-train"),
        ),
    )


def _figures(
    *,
    render_s: float | None,
    patches_s: float | None,
    encoder_s: float | None,
    prefill_text_s: float | None,
    prefill_pages_s: float | None,
    decode_text_step_s: float | None,
    decode_pages_step_s: float | None,
    train_text_s: float | None,
    train_pages_s: float | None,
    train_encoder_s: float | None,
) -> dict[str, Any]:
    """What follows from the medians; None where a part is not known."""
    drawn = _sum(render_s, patches_s)
    before = _sum(drawn, encoder_s, prefill_pages_s)
    answers = [
        _sum(first, None if step is None else step * ANSWER_TOKENS)
        for first, step in ((prefill_text_s, decode_text_step_s), (before, decode_pages_step_s))
    ]
    return {
        "render_s": render_s,
        "patches_s": patches_s,
        "encoder_s": encoder_s,
        "prefill_text_s": prefill_text_s,
        "prefill_pages_s": prefill_pages_s,
        "prefill_all_s": before,
        "prefill_speedup": _over(prefill_text_s, prefill_pages_s),
        "prefill_speedup_encoder_counted": _over(prefill_text_s, _sum(encoder_s, prefill_pages_s)),
        "prefill_speedup_all_counted": _over(prefill_text_s, before),
        "decode_text_step_s": decode_text_step_s,
        "decode_pages_step_s": decode_pages_step_s,
        "decode_speedup_batch_1": _over(decode_text_step_s, decode_pages_step_s),
        "answer_speedup_all_counted": _over(answers[0], answers[1]),
        "train_text_s": train_text_s,
        "train_pages_s": train_pages_s,
        "train_encoder_s": train_encoder_s,
        "sft_speedup": _over(train_text_s, train_pages_s),
        "sft_speedup_encoder_counted": _over(train_text_s, _sum(train_pages_s, train_encoder_s)),
        "sft_speedup_all_counted": _over(train_text_s, _sum(drawn, train_pages_s, train_encoder_s)),
    }


def _roofline(
    work: Work,
    peak: Peak,
    text_tokens: int,
    page_tokens: int,
    pages: tuple[int, ...],
    many: tuple[Cell | None, Cell | None],
    width: int,
    settings: Settings,
) -> dict[str, float]:
    """Seconds and speed-ups at the roof, for the tokens of the row, and for its largest batches where they were measured."""
    first, second = (found.batch if found and found.samples else None for found in many)
    batches = None if first is None or second is None else (first, second)
    return predicted(work, peak, text_tokens, page_tokens, pages, batches, width, recompute=settings.recompute)


def predicted(
    work: Work,
    peak: Peak,
    text_tokens: int,
    page_tokens: int,
    pages: tuple[int, ...],
    batches: tuple[int, int] | None,
    width: int,
    *,
    recompute: bool,
) -> dict[str, float]:
    """What the roofline says. Without `pages`, the visual tokens of each, the encoder is left out; without `batches` the largest batch."""
    found: dict[str, float] = {}

    def step_s(n_tokens: int, batch: int) -> float:
        return seconds(peak, work.decode_flops(n_tokens, batch=batch), work.decode_bytes(n_tokens, width, batch=batch))

    for name, n_tokens in (("text", text_tokens), ("pages", page_tokens)):
        found[f"prefill_{name}_s"] = seconds(
            peak, work.prefill_flops(n_tokens), work.weights * width + work.kv_bytes(n_tokens, width)
        )
        found[f"decode_{name}_step_s"] = step_s(n_tokens, 1)
        found[f"train_{name}_s"] = seconds(
            peak, work.step_flops(n_tokens + ANSWER_TOKENS, ANSWER_TOKENS, recompute=recompute)
        )
    found["prefill_speedup"] = found["prefill_text_s"] / found["prefill_pages_s"]
    found["decode_speedup_batch_1"] = found["decode_text_step_s"] / found["decode_pages_step_s"]
    if batches is not None:
        found["decode_text_largest_step_s"] = step_s(text_tokens, batches[0])
        found["decode_pages_largest_step_s"] = step_s(page_tokens, batches[1])
        found["decode_speedup"] = (batches[1] / found["decode_pages_largest_step_s"]) / (
            batches[0] / found["decode_text_largest_step_s"]
        )
    found["sft_speedup"] = found["train_text_s"] / found["train_pages_s"]
    if pages:
        found["encoder_s"] = seconds(peak, sum(work.encoder_flops(pages)))
        found["train_encoder_s"] = seconds(peak, work.encoder_step_flops(pages, recompute=recompute))
        found["prefill_speedup_encoder_counted"] = found["prefill_text_s"] / (
            found["prefill_pages_s"] + found["encoder_s"]
        )
        found["sft_speedup_encoder_counted"] = found["train_text_s"] / (
            found["train_pages_s"] + found["train_encoder_s"]
        )
    return found


def _sum(*parts: float | None) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _over(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None or not second else first / second


def _range(over: list[Cell | None], under: list[Cell | None]) -> tuple[float, float] | None:
    """Of a quotient of sums of times: (least, most)."""
    known = [cell for cell in (*over, *under) if cell is not None and cell.samples]
    if len(known) < len(over) + len(under):
        return None
    top, bottom = known[: len(over)], known[len(over) :]
    least = sum(min(cell.samples) for cell in top) / sum(max(cell.samples) for cell in bottom)
    most = sum(max(cell.samples) for cell in top) / sum(min(cell.samples) for cell in bottom)
    return least, most
