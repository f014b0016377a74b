"""What a device would do, by arithmetic and memory traffic alone: nothing is run.

In: settings, a text, a row of devices.toml. Out: a `ModelReport` whose rows are all predicted. The pages are laid out, not drawn, and the
network is made without its weights, so that any shape fits.
"""

from __future__ import annotations

from smallprint.bench.model import content, devices
from smallprint.bench.model.network import ANSWER_TOKENS, Network
from smallprint.bench.model.report import ModelReport
from smallprint.bench.model.rows import Row, predicted
from smallprint.bench.model.run import Settings
from smallprint.errors import DataError
from smallprint.machine import machine
from smallprint.render import render
from smallprint.tokens.families import family
from smallprint.tokens.vision import vision_tokens

_KEPT = 0.9
"""Of a device's memory, what weights and caches may fill."""


def predict_model(settings: Settings, text: str, name: str, *, device: str, beyond: int | None = None) -> ModelReport:
    """Rows of the roofline. Raises `DataError` for an unknown device, or a shape whose arithmetic is not known."""
    settings.check()
    peak = devices.table_peak(device, settings.dtype)
    network = Network(settings.shape, device="meta", dtype=settings.dtype, attention="sdpa", layers=2)
    work, width = network.work, network.width
    if work is None:
        raise DataError(
            f"--predict: the arithmetic of {settings.shape.name} is not known (experts, or attention in windows)"
        )
    tags = family(settings.shape.family).overhead
    weights = (network.n_parameters + work.layer_weights * (work.n_layers - 2)) * width
    rows: list[Row] = []
    lengths = sorted({*settings.lengths, *((beyond,) if beyond else ())})
    parts = {length: content.cut(text, length) for length in lengths}
    for style_name in settings.styles:
        style = content.load_style(style_name)
        for length, part in parts.items():
            pages = tuple(vision_tokens(settings.shape.family, *size) for size in render(part.text, style).sizes())
            page_tokens = sum(pages) + tags * len(pages)
            caches = [work.kv_bytes(n_tokens, width) for n_tokens in (part.n_tokens, page_tokens)]
            free = devices.memory_bytes(device) * _KEPT - weights
            batches = [max(1, min(settings.max_batch, int(free // cache))) for cache in caches]
            roof = predicted(
                work,
                peak,
                part.n_tokens,
                page_tokens,
                pages,
                (batches[0], batches[1]),
                width,
                recompute=settings.recompute,
            )
            rows.append(
                Row(
                    length=length,
                    style=style_name,
                    text_tokens=part.n_tokens,
                    page_tokens=page_tokens,
                    n_pages=len(pages),
                    ratio=part.n_tokens / sum(pages),
                    encoder_s=roof["encoder_s"],
                    prefill_text_s=roof["prefill_text_s"],
                    prefill_pages_s=roof["prefill_pages_s"],
                    prefill_speedup=roof["prefill_speedup"],
                    prefill_speedup_encoder_counted=roof["prefill_speedup_encoder_counted"],
                    decode_text_step_s=roof["decode_text_step_s"],
                    decode_pages_step_s=roof["decode_pages_step_s"],
                    decode_text_tokens_s=batches[0] / roof["decode_text_largest_step_s"],
                    decode_pages_tokens_s=batches[1] / roof["decode_pages_largest_step_s"],
                    decode_text_batch=batches[0],
                    decode_pages_batch=batches[1],
                    decode_speedup=roof["decode_speedup"],
                    decode_speedup_batch_1=roof["decode_speedup_batch_1"],
                    answer_speedup_all_counted=None,
                    train_text_s=roof["train_text_s"],
                    train_pages_s=roof["train_pages_s"],
                    train_encoder_s=roof["train_encoder_s"],
                    sft_speedup=roof["sft_speedup"],
                    sft_speedup_encoder_counted=roof["sft_speedup_encoder_counted"],
                    kv_text_bytes=caches[0],
                    kv_pages_bytes=caches[1],
                    kv_saving=1 - caches[1] / caches[0],
                    roofline=roof,
                    predicted=True,
                )
            )
    told = {**machine(), "device_name": device, "predicted": True, "answer_tokens": ANSWER_TOKENS}
    return ModelReport(rows=tuple(rows), settings=settings, text=name, machine=told, peak=peak)
