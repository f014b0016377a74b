"""A measurement in words: a table of speed-ups, one of times, and what to know of them.

In: a `ModelReport`. Out: lines. Knows nothing of how the figures were taken.
"""

from __future__ import annotations

from smallprint.bench.model import paper, rows
from smallprint.bench.model.network import ANSWER_TOKENS
from smallprint.bench.model.report import ModelReport
from smallprint.bench.model.rows import Row


def lines_of(report: ModelReport) -> list[str]:
    """To print."""
    made = [*_head(report), "", *_speedups(report), "", *_decoding(report), "", *_times(report), *_notes(report)]
    return [line.rstrip() for line in made]


def _head(report: ModelReport) -> list[str]:
    chosen, machine = report.settings, report.machine
    where = machine.get("device_name") or f"{machine['cpu']}, {machine.get('threads', '?')} threads"
    lines = [
        f"{chosen.shape.name} (random weights) on {where}; {chosen.dtype}, attention {chosen.attention}, {chosen.clock} time; "
        f"{report.text}, text tokens counted as Qwen's",
    ]
    if report.peak:
        lines.append(
            f"roof: {report.peak.flops / 1e12:.4g} TFLOP/s, {report.peak.bytes_per_second / 1e9:.4g} GB/s; {report.peak.source}"
        )
    if machine.get("predicted"):
        lines.append("nothing was run: every figure is the roofline's")
    return lines


def _speedups(report: ModelReport) -> list[str]:
    grid = [["length", "style", "ratio", "prefill", "+encoder", "all counted", "SFT", "+encoder", "all counted", "KV"]]
    for row in report.rows:
        roof = row.roofline if not row.predicted else {}
        grid.append(
            [
                _length(row),
                row.style,
                f"{row.ratio:.2f}",
                _both(row.prefill_speedup, roof, "prefill_speedup"),
                _both(row.prefill_speedup_encoder_counted, roof, "prefill_speedup_encoder_counted"),
                _ranged(row.prefill_speedup_all_counted, row.prefill_speedup_all_counted_range),
                _both(row.sft_speedup, roof, "sft_speedup"),
                _both(row.sft_speedup_encoder_counted, roof, "sft_speedup_encoder_counted"),
                _number(row.sft_speedup_all_counted),
                "" if row.kv_saving is None else f"{-row.kv_saving:+.0%}",
            ]
        )
    return ["times as fast as text (in brackets the roofline's, or the range of the repeats)", *_aligned(grid)]


def _decoding(report: ModelReport) -> list[str]:
    grid = [
        [
            "length",
            "style",
            "largest batch",
            "text tokens/s",
            "pages tokens/s",
            "batch 1",
            "text step",
            "pages step",
            "answer",
        ]
    ]
    for row in report.rows:
        roof = row.roofline if not row.predicted else {}
        grid.append(
            [
                _length(row),
                row.style,
                _both(row.decode_speedup, roof, "decode_speedup"),
                _rate(row.decode_text_tokens_s, row.decode_text_batch),
                _rate(row.decode_pages_tokens_s, row.decode_pages_batch),
                _both(row.decode_speedup_batch_1, roof, "decode_speedup_batch_1"),
                _number(row.decode_text_step_s),
                _number(row.decode_pages_step_s),
                _number(row.answer_speedup_all_counted),
            ]
        )
    return ["decoding, times text; beside tokens a second the batch", *_aligned(grid)]


def _times(report: ModelReport) -> list[str]:
    grid = [
        [
            "length",
            "style",
            "page tokens",
            "pages",
            "render",
            "patches",
            "encoder",
            "prefill: text",
            "pages",
            "SFT: text",
            "pages",
            "encoder",
        ]
    ]
    for row in report.rows:
        times = (
            row.render_s,
            row.patches_s,
            row.encoder_s,
            row.prefill_text_s,
            row.prefill_pages_s,
            row.train_text_s,
            row.train_pages_s,
            row.train_encoder_s,
        )
        grid.append(
            [_length(row), row.style, f"{row.page_tokens:,}", f"{row.n_pages:,}", *(_number(time) for time in times)]
        )
    return ["seconds, medians", *_aligned(grid)]


def _aligned(grid: list[list[str]]) -> list[str]:
    widths = [max(len(line[at]) for line in grid) for at in range(len(grid[0]))]
    return ["  ".join(word.rjust(width) for word, width in zip(line, widths, strict=True)) for line in grid]


def _notes(report: ModelReport) -> list[str]:
    notes = [""]
    for row in report.rows:
        for cell, why in row.missing.items():
            notes.append(f"{row.length:,} {row.style}: {cell}: {why}")
    if any(row.extrapolated for row in report.rows):
        worst: dict[str, float] = {}
        for row in report.rows:
            for cell, error in row.fit_error.items():
                worst[cell] = max(error, worst.get(cell, 0.0))
        told = ", ".join(f"{cell} {error:.0%}" for cell, error in sorted(worst.items(), key=lambda each: each[1]))
        notes.append(
            f"~ extrapolated: a + b n + c n^2 through the longer measured lengths, which it misses by up to: {told}"
        )
    scaled = [row.scaled_layers for row in report.rows if row.scaled_layers]
    if scaled:
        notes.append(
            f"* some times are of {min(scaled)} text layers and of half as many, extended to {report.settings.shape.n_layers}"
        )
    for style, found in rows.pays_from(list(report.rows), "prefill_speedup_all_counted").items():
        if found["length"] is not None:
            most = "at most " if found["at_most"] else ""
            notes.append(f"{style}: pages are faster from {most}{found['length']:,} text tokens, everything counted")
    notes.append(
        f"answer: from the content in hand to {ANSWER_TOKENS} tokens of reply, batch 1, all counted; SFT: forward and backward"
        f", no optimizer, loss on {ANSWER_TOKENS} tokens"
    )
    notes.append(
        "the paper, encoder counted, rendering not: prefill "
        + ", ".join(f"{x:g}" for x in paper.PREFILL)
        + "; decode "
        + ", ".join(f"{x:g}" for x in paper.DECODE)
        + "; SFT "
        + ", ".join(f"{x:g}" for x in paper.SFT)
        + f" at 4K to 128K; KV -{paper.KV_SAVING:.0%}"
    )
    if report.unfinished:
        notes.append(f"{report.unfinished} cells are still to be measured: run the same command again")
    return notes


def _length(row: Row) -> str:
    marks = ("~" if row.extrapolated else "") + ("*" if row.scaled_layers else "")
    return f"{marks}{row.length:,}"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _both(value: float | None, roof: dict[str, float], name: str) -> str:
    beside = f" ({roof[name]:.3g})" if name in roof else ""
    return f"{_number(value)}{beside}"


def _ranged(value: float | None, between: tuple[float, float] | None) -> str:
    return _number(value) + (f" ({between[0]:.3g} to {between[1]:.3g})" if between else "")


def _rate(value: float | None, batch: int | None) -> str:
    return "-" if value is None else f"{_number(value)} ({batch})"
