"""How large a corpus will be, told from a sample.

In: inputs and a `Spec`. Out: a `Size`: documents counted, pages and bytes estimated from some documents of shards spread over the corpus,
which are drawn. Writes nothing but a plan, which it removes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from smallprint.errors import TextError
from smallprint.render.corpus.documents import PACKED, read_part
from smallprint.render.corpus.pages import Drawn, draw
from smallprint.render.corpus.plan import Shard
from smallprint.render.corpus.records import Document
from smallprint.render.corpus.scan import make_plan

if TYPE_CHECKING:
    from smallprint.render.corpus.spec import Spec

_SHARDS = 8
_CHARS = 200_000
"""Of each of these shards, from its beginning: some 20 pages, which take 15 ms."""
_BESIDE = 600
"""Bytes that a page takes beside its PNG file and its text, which is compressed to a half: its other columns."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a corpus is and will be."""

    n_input_bytes: int
    n_shards: int
    chars: int
    pages: int
    file_bytes: int
    """The last three are estimates."""


def estimate_size(inputs: Sequence[str | Path], spec: Spec) -> Size:
    """Raises `TextError` where there are no documents, and what `write_corpus` raises for its inputs."""
    with TemporaryDirectory() as name:
        plan = make_plan([Path(each) for each in inputs], spec, Path(name) / "plan.jsonl")
        if not plan.n_shards:
            raise TextError(f"{', '.join(Path(each).name for each in inputs)}: no documents, nothing to do")
        chosen = {round(at * (plan.n_shards - 1) / max(1, _SHARDS - 1)) for at in range(_SHARDS)}
        found = [_sampled(shard, spec) for shard in plan.shards() if shard.index in chosen]
        PACKED.close()
    scale = plan.weight / sum(each.weight for each in found)
    return Size(
        n_input_bytes=sum(each["n_bytes"] for each in plan.inputs),
        n_shards=plan.n_shards,
        chars=round(sum(each.chars for each in found) * scale),
        pages=round(sum(each.pages for each in found) * scale),
        file_bytes=round(sum(each.file_bytes for each in found) * scale),
    )


@dataclass(frozen=True, kw_only=True)
class _Sample:
    """A shard: its weight in the plan, its characters counted, its pages and bytes told from its beginning."""

    weight: int
    chars: float
    pages: float
    file_bytes: float


def _sampled(shard: Shard, spec: Spec) -> _Sample:
    chars = 0.0
    drawn_chars = drawn_pages = drawn_bytes = 0
    for part in shard.parts:
        for document in read_part(part, spec):
            if not isinstance(document, Document):
                continue
            try:
                head, n_chars = _head(document.text)
            except OSError:
                continue
            chars += n_chars
            if drawn_chars < _CHARS and head:
                drawn = draw(replace(document, text=head), spec, 1)
                if isinstance(drawn, Drawn):
                    drawn_chars += drawn.counts["chars"]
                    drawn_pages += drawn.counts["pages"]
                    drawn_bytes += sum(len(row.png) + len(row.text) // 2 + _BESIDE for row in drawn.rows)
    scale = chars / max(1, drawn_chars)
    return _Sample(weight=shard.weight, chars=chars, pages=drawn_pages * scale, file_bytes=drawn_bytes * scale)


def _head(text: str | Path) -> tuple[str, float]:
    """The beginning of a text, and the characters of all of it."""
    if isinstance(text, str):
        return text[:_CHARS], len(text)
    with text.open("rb") as file:
        data = file.read(_CHARS)
    head = data.decode("utf-8", "ignore")
    return head, text.stat().st_size * len(head) / max(1, len(data))
