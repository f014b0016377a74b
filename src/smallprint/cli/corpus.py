"""The half of `render` behind ``--corpus``: many documents become shards of page images."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from smallprint.cli.options import PDF_DPI, number_between, positive, read_style
from smallprint.cli.progress import ProgressLine

if TYPE_CHECKING:
    from smallprint.render.corpus.run import CorpusWritten, Done

_ONLY_HERE = {
    "format": "--format",
    "text_field": "--text-field",
    "id_field": "--id-field",
    "meta_fields": "--meta-fields",
    "shard_mb": "--shard-mb",
    "rows_per_shard": "--rows-per-shard",
    "workers": "--workers",
    "ray": "--ray",
}
"""Options of a corpus, None where they were not given, by the keyword that `Spec` and `write_corpus` have for them."""
_SPEC = [name for name in _ONLY_HERE if name not in ("workers", "ray")]


def configure(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("a corpus")
    group.add_argument(
        "--corpus",
        action="store_true",
        help="each line of .jsonl and .jsonl.gz, each row of .parquet and each other file is a document of its own; "
        "write shards of pages, and go on where a run that was stopped was",
    )
    group.add_argument(
        "--format",
        choices=["parquet", "webdataset"],
        help="Parquet with Hugging Face images (default), or tar files as WebDataset has them",
    )
    group.add_argument("--text-field", metavar="NAME", help="where a record has its text (default: text)")
    group.add_argument(
        "--id-field",
        metavar="NAME",
        help="where a record has its id (default: id where there is one, else file and line)",
    )
    group.add_argument(
        "--meta-fields",
        type=lambda text: tuple(filter(None, text.split(","))),
        metavar="A,B",
        help="fields of a record that are carried along as JSON; * for all",
    )
    group.add_argument(
        "--shard-mb",
        type=number_between(0.001, 4096),
        metavar="N",
        help="megabytes of input that make a shard (default: 8)",
    )
    group.add_argument("--rows-per-shard", type=positive, metavar="N", help="pages in a file at most (default: 10000)")
    group.add_argument(
        "--workers", type=positive, metavar="N", help="processes that draw at once (default: one a processor)"
    )
    group.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="draw with Ray: an address, auto (the cluster that runs), or local (one of this machine)",
    )
    group.add_argument("--dry-run", action="store_true", help="write nothing; tell from a sample how large it will be")


def check(options: argparse.Namespace) -> None:
    """Raises `DataError` for options that make no sense together."""
    from smallprint.errors import DataError

    if not options.corpus:
        for name, shown in _ONLY_HERE.items():
            if getattr(options, name) is not None:
                raise DataError(f"{shown}: only with --corpus")
        if options.dry_run:
            raise DataError("--dry-run: only with --corpus; `smallprint estimate` counts the pages of a single text")
        return
    if options.threads is not None:
        raise DataError("--threads: not with --corpus, which draws by processes; give --workers")
    if options.pdf_dpi != PDF_DPI:
        raise DataError("--pdf-dpi: not with --corpus, which takes text alone")
    if options.workers is not None and options.ray is not None:
        raise DataError("--workers and --ray: Ray has workers of its own; give one of the two")
    if options.dry_run and options.ray is not None:
        raise DataError("--dry-run and --ray: a dry run draws a sample in this process; leave --ray out")
    if "-" in options.inputs:
        raise DataError(
            "-: standard input cannot be read twice, as going on after a kill needs it; give --corpus files or folders"
        )


def run(options: argparse.Namespace) -> int:
    from smallprint.render.corpus import Spec, write_corpus

    given = {name: getattr(options, name) for name in _SPEC if getattr(options, name) is not None}
    spec = Spec(style=read_style(options), png=options.png, **given)
    if options.dry_run:
        return _dry_run(options, spec)
    draw = None
    if options.ray is not None:
        from smallprint.render.corpus.on_ray import ray_draw

        draw = ray_draw(options.ray)
    line = ProgressLine("page")
    try:
        written = write_corpus(
            options.inputs,
            options.out,
            spec,
            workers=options.workers,
            draw=draw,
            progress=lambda done: line.show(_progress(done, line.seconds)),
        )
    finally:
        line.close()
    counts = written.summary["counts"]
    if options.json:
        print(
            json.dumps(
                {"folder": str(options.out), **written.summary, "n_shards": written.n_shards, "n_kept": written.n_kept}
            )
        )
    else:
        print("\n".join(_report(options, written, line.seconds)))
    return 1 if counts["failed"] else 0


def _dry_run(options: argparse.Namespace, spec: Any) -> int:
    from smallprint.render.corpus.size import estimate_size

    size = estimate_size(options.inputs, spec)
    if options.json:
        print(json.dumps({"input_bytes": size.n_input_bytes, "n_shards": size.n_shards, "chars": size.chars, "pages": size.pages,
                          "file_bytes": size.file_bytes}))  # fmt: skip
        return 0
    print(
        f"{size.n_input_bytes / 1e6:,.1f} MB of input, about {size.chars:,} characters: about {size.pages:,} pages, "
        f"{_mib(size.file_bytes)} in {size.n_shards:,} shards (style {spec.style.name}); told from a sample, nothing was written"
    )
    return 0


def _progress(done: Done, seconds: float) -> str:
    rate = done.chars / max(seconds, 1e-9) / 1e6
    line = f"{done.documents:,} documents, {done.pages:,} pages, {rate:.1f} M characters/s, {done.share:.0%}"
    if done.seconds_left is not None:
        line += f", {done.seconds_left:.0f} s left"
    return line


def _report(options: argparse.Namespace, written: CorpusWritten, seconds: float) -> list[str]:
    counts = written.summary["counts"]
    lines = [
        f"{counts['pages']:,} pages of {counts['documents']:,} documents, {counts['chars']:,} characters, in {counts['files']:,} files, "
        f"{_mib(counts['file_bytes'])}, in {options.out}/ (style {written.summary['style_name']}), {seconds:.1f} s"
    ]
    if written.n_kept:
        lines.append(f"{written.n_kept:,} of {written.n_shards:,} shards were there already")
    if counts["missing"]:
        lines.append(f"{counts['missing']:,} characters that no face has are drawn as codes")
    if counts["empty"]:
        lines.append(f"{counts['empty']:,} documents are empty and have no pages")
    if counts["failed"]:
        lines.append(
            f"{counts['failed']:,} documents failed; {options.out / written.summary['failures']} says which and why"
        )
    return lines


def _mib(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:,.1f} MiB"
