"""`smallprint bench model`: what pages buy a model, in time and memory."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from smallprint.cli.options import number_between
from smallprint.cli.progress import ProgressLine


def configure(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "bench model",
        "prefill, decoding, training and memory of a model with random weights, pages against text; needs the extra `local`",
    )
    group.add_argument(
        "--shape",
        metavar="NAME|FILE.json",
        help="glm-4.1v-9b, qwen3-vl-8b, small, or a Hugging Face config.json (default: small)",
    )
    group.add_argument(
        "--lengths", type=_lengths, metavar="N,N|A..B", help="text tokens, as in 4k,8k or 4k..128k (default: 4k..128k)"
    )
    group.add_argument("--device", default="cpu", metavar="D", help="cpu, cuda, cuda:1 (default: cpu)")
    group.add_argument("--dtype", metavar="T", help="default: bfloat16 on a GPU, float32 on a processor")
    group.add_argument(
        "--attention", default="sdpa", metavar="A", help="sdpa, flash_attention_2, eager (default: sdpa)"
    )
    group.add_argument("--measures", metavar="A,B", help="prefill, decode, sft (default: all)")
    group.add_argument(
        "--layers", type=_count, metavar="N", help="text layers to build; times are extended to all and marked"
    )
    group.add_argument("--sft-layers", type=_count, metavar="N", help="the same for training steps alone")
    group.add_argument(
        "--no-recompute", action="store_true", help="training steps keep activations in place of computing them twice"
    )
    group.add_argument(
        "--repeats",
        type=_count,
        default=3,
        metavar="N",
        help="of each cell, beside a first one to warm up (default: 3)",
    )
    group.add_argument(
        "--cell-seconds",
        type=number_between(0, 1e6),
        default=120.0,
        metavar="S",
        help="no repeat begins that would take a cell over this (default: 120)",
    )
    group.add_argument(
        "--cache-gib",
        type=number_between(0.001, 1e6),
        metavar="X",
        help="for the largest batch's caches (default: what the GPU has; 0.5 on a processor)",
    )
    group.add_argument("--max-batch", type=_count, default=1024, metavar="N", help="of decoding (default: 1024)")
    group.add_argument(
        "--extrapolate",
        type=_lengths,
        metavar="N",
        help="a longer length, from curves through the others, marked as such (default: 1m; 0 for none)",
    )
    group.add_argument(
        "--clock",
        metavar="C",
        help="wall, or cpu: the processor time of this process (default: wall on a GPU, else cpu)",
    )
    group.add_argument("--out", type=Path, metavar="DIR", help="keep each cell there; the same command goes on from it")
    group.add_argument(
        "--minutes",
        type=number_between(0, 1e6),
        metavar="N",
        help="begin no cell that would take the run over this; 0: only report what is in --out",
    )
    group.add_argument(
        "--predict", metavar="DEVICE", help="run nothing; the roofline of h100-sxm, h100-pcie, h200-sxm or a100-sxm-80"
    )
    group.add_argument(
        "--family", metavar="NAME", help="how a config.json counts images, where its class does not tell"
    )


def run(options: argparse.Namespace) -> int:
    from smallprint.bench import plot as pictures
    from smallprint.bench.model import plot, table
    from smallprint.bench.model.predict import predict_model
    from smallprint.bench.model.report import measure_model
    from smallprint.bench.model.run import MEASURES, Settings
    from smallprint.bench.model.shapes import load_shape
    from smallprint.bench.texts import example
    from smallprint.errors import DataError
    from smallprint.render.inputs import open_source

    names = [*options.inputs, *options.text]
    on_gpu = options.device.startswith("cuda") or options.predict is not None
    beyond = options.extrapolate or (1 << 20,)
    if len(beyond) > 1:
        raise DataError("--extrapolate: give one length")
    settings = Settings(
        shape=load_shape(options.shape or "small", family_name=options.family),
        lengths=options.lengths or _lengths("4k..128k"),
        styles=_names(options.styles or "flow,fine-7"),
        device=options.device,
        dtype=options.dtype or ("bfloat16" if on_gpu else "float32"),
        attention=options.attention,
        measures=_names(options.measures) if options.measures else tuple(MEASURES),
        layers=options.layers,
        sft_layers=options.sft_layers,
        recompute=not options.no_recompute,
        repeats=options.repeats,
        cell_s=options.cell_seconds,
        cache_gib=options.cache_gib,
        max_batch=options.max_batch,
        minutes=options.minutes,
        clock=options.clock or ("wall" if on_gpu else "cpu"),
    )
    if options.plot is not None:
        pictures.check(options.plot)
    if names:
        source = open_source(names)
        name, text = source.name, source.text
    else:
        name, text = example()
    if options.predict is not None:
        report = predict_model(settings, text, name, device=options.predict, beyond=beyond[0] or None)
    else:
        progress = ProgressLine("cell")
        try:
            report = measure_model(
                settings, text, name, folder=options.out, beyond=beyond[0] or None, progress=progress
            )
        finally:
            progress.close()
    if options.plot is not None and report.rows:
        plot.plot(report, options.plot)
    print(json.dumps(report.to_json(), ensure_ascii=False) if options.json else "\n".join(table.lines_of(report)))
    if report.unfinished:
        print(f"{report.unfinished} cells are still to be measured: run the same command again", file=sys.stderr)
    return 1 if report.unfinished else 0


def _names(given: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in given.split(",") if name.strip())


def _lengths(text: str) -> tuple[int, ...]:
    """`4096,8k` as numbers, `4k..128k` as 4096 doubled up to 131072; k and m are 1024 and its square."""
    found: list[int] = []
    for part in text.lower().split(","):
        first, dots, last = part.partition("..")
        length = _length(first)
        found.append(length)
        while dots and length and length * 2 <= _length(last):
            length *= 2
            found.append(length)
    return tuple(found)


def _length(text: str) -> int:
    text = text.strip()
    factor = {"k": 1024, "m": 1024 * 1024}.get(text[-1:], 1)
    number = text[:-1] if factor > 1 else text
    if not (number.isascii() and number.isdigit()) or len(number) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of tokens, such as 4096, 4k or 4k..128k")
    return int(number) * factor


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)
