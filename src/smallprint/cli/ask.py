"""Ask a model about text that it reads from pages; prints the answer, where it stands in the source, and what it cost."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from typing import TYPE_CHECKING

from smallprint.cli.options import add_inputs, add_style, number_between, read_pages, read_profile
from smallprint.cli.progress import ProgressLine

if TYPE_CHECKING:
    from smallprint.readers import Answer
    from smallprint.readers.base import Canary


def configure(parser: argparse.ArgumentParser) -> None:
    add_inputs(parser)
    parser.add_argument("question", metavar="QUESTION", help="the last of the arguments without a name")
    parser.add_argument(
        "--model",
        metavar="PROVIDER:NAME",
        help="embedded (default, or the one of --profile): the small reader in this package, on this machine: "
        "it finds and quotes, and does not reason; "
        "openai:NAME, anthropic:NAME, gemini:NAME, local:NAME (Hugging Face, in this process), scripted:TEXT (no model, a dry answer)",
    )
    parser.add_argument(
        "--base-url", metavar="URL", help="a server that speaks the provider's API, such as vLLM or SGLang"
    )
    parser.add_argument("--family", metavar="NAME", help="how the model counts images, where its name does not tell")
    parser.add_argument(
        "--send",
        choices=["auto", "pages", "text"],
        default="auto",
        help="auto (default): pages where they cost less than the text",
    )
    parser.add_argument(
        "--asks",
        type=int,
        default=1,
        metavar="N",
        help="questions expected over the same text; lets providers cache it",
    )
    parser.add_argument("--max-output-tokens", type=int, default=4096, metavar="N")
    parser.add_argument(
        "--timeout",
        type=number_between(0.01, 86_400),
        metavar="S",
        help="seconds without a word from the model before giving up",
    )
    parser.add_argument(
        "--canary",
        action="store_true",
        help="send one page more, with a code in the same print, and say whether the model reads it back",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="send nothing; print what would be sent and what it would cost"
    )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument("--prices", metavar="FILE", help="a TOML table of your own prices")
    add_style(parser)


def run(options: argparse.Namespace) -> int:
    from smallprint.readers import ask
    from smallprint.readers.registry import PROVIDERS

    model, family, base_url = options.model or "embedded", options.family, options.base_url
    if options.profile and not options.model:
        profile = read_profile(options)
        model, family = profile.reader, family or profile.family
        # What was measured on a server of one's own is not sent to the provider's.
        base_url = base_url or profile.about.get("base_url")
    extra = {} if options.timeout is None else {"timeout_s": options.timeout}
    streams = not (options.json or options.dry_run)
    progress = ProgressLine("page")
    try:
        answer = ask(
            read_pages(options, options.inputs),
            options.question,
            model=model,
            base_url=base_url,
            family=family,
            send=options.send,
            asks=options.asks,
            prices=options.prices,
            max_output_tokens=options.max_output_tokens,
            canary=options.canary,
            on_text=partial(_show, progress) if streams else None,
            on_image=progress,
            dry_run=options.dry_run,
            **extra,
        )
    finally:
        progress.close()
    if options.json:
        print(json.dumps(answer.to_json(), ensure_ascii=False))
        return 0
    if streams:
        print("\n")
    row = PROVIDERS.get(model.partition(":")[0])
    words = ("would read", "read") if row and row.is_here else ("would send", "sent")
    print("\n".join(_summary(answer, words, dry_run=options.dry_run)))
    if options.canary and answer.decision != "pages":
        print("  canary: none was sent, since the text was")
    elif options.canary and options.dry_run:
        print("  canary: one page more, with a code to be read back; it is in the dollars")
    return 0


def _show(progress: ProgressLine, piece: str) -> None:
    progress.close()
    sys.stdout.write(piece)
    sys.stdout.flush()


def _summary(answer: Answer, words: tuple[str, str], *, dry_run: bool) -> list[str]:
    lines: list[str] = []
    for quote in answer.quotes:
        missing = "not in the source" if answer.text_tokens is not None else "no source to look it up in"
        where = missing if quote.span is None else f"characters {quote.span[0]:,} to {quote.span[1]:,}"
        page = "" if quote.page is None else f"page {quote.page + 1}, "
        lines.append(f"  {page}{where}: {_short(quote.text)}")
    if answer.canary is not None:
        lines.append(_told(answer.canary))
    if answer.finish == "length":
        lines.append("  the answer was cut off at --max-output-tokens")
    sent = f"{answer.pages_sent} pages in {answer.images_sent} images" if answer.decision == "pages" else "the text"
    lines.append(f"{words[0] if dry_run else words[1]} {sent} ({answer.reason})")
    figures = [
        f"text {_count(answer.text_tokens)} tokens",
        f"pages {_count(answer.page_tokens)} tokens",
        f"ratio {answer.ratio:.2f}" if answer.ratio is not None else "ratio unknown",
        f"${answer.usd:.4f}" if answer.usd is not None else "price unknown",
    ]
    if not dry_run:
        figures.insert(3, f"in {_count(answer.tokens_in)}, out {_count(answer.tokens_out)}")
        figures.append(f"{answer.seconds:.1f} s")
    lines.append(" | ".join([f"{answer.model} ({answer.family})", *figures]))
    return lines


def _told(canary: Canary) -> str:
    if canary.right:
        return f"  canary: the code {canary.code} was read back, letter by letter"
    read = f"read as {canary.read}" if canary.read else "not given back"
    return f"  canary: the code {canary.code} was {read}: do not trust names and numbers at this size"


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return f'"{flat}"' if len(flat) <= 100 else f'"{flat[:97]}..."'
