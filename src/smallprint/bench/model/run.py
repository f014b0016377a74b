"""All cells of a measurement, one after another, as far as the time goes.

In: a text, `Settings`, a `Store`. Out: the store, with what was missing measured; whether it is complete. A cell that needs more memory
than there is is recorded with its cause. Cells go by length, text beside pages, so that what disturbs the machine disturbs both.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from smallprint.bench.model import content, measure
from smallprint.bench.model.cells import Cell, Store
from smallprint.bench.model.content import PagePart, Patches, TextPart
from smallprint.bench.model.network import ANSWER_TOKENS, Network
from smallprint.bench.model.shapes import Shape
from smallprint.errors import DataError, StoreError

TEXT = "text"
OF_PAGES = ("render", "patches", "encode", "encode-train")
"""Cells that text has not."""
MEASURES = {
    "prefill": ("render", "patches", "encode", "prefill"),
    "decode": ("decode", "decode-largest"),
    "sft": ("encode", "train", "encode-train"),
}
_ORDER = ("render", "patches", "encode", "prefill", "decode", "decode-largest", "train", "encode-train")
_WARM_STEPS = 3
_GROWTH = 2.0
"""How many times longer the next cell may take than one of half its length did, where nothing better is known of it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is measured, and how."""

    shape: Shape
    lengths: tuple[int, ...]
    styles: tuple[str, ...]
    device: str = "cpu"
    dtype: str = "float32"
    attention: str = "sdpa"
    measures: tuple[str, ...] = tuple(MEASURES)
    layers: int | None = None
    """Text layers of the network that is built; seconds are then extended to all of the shape."""
    sft_layers: int | None = None
    """The same for training steps alone."""
    recompute: bool = True
    """Whether activations are computed anew in the backward pass of a training step."""
    repeats: int = 3
    cell_s: float = 120.0
    """No further repeat begins that would take a cell over this."""
    new_tokens: int = 16
    """Steps of decoding in a repeat."""
    max_batch: int = 1024
    cache_gib: float | None = None
    """Of the largest batch's KV caches; by default what the GPU has, and 0.5 GiB on a processor."""
    pages_at_once: int = 8
    """In the vision encoder."""
    clock: str = "wall"
    """A name of `measure.CLOCKS`."""
    minutes: float | None = None
    """No cell begins that would take the run over this, but one always; 0 measures nothing and reports what is there."""

    def check(self) -> None:
        """Raises `DataError`."""
        if not self.lengths or not self.styles:
            raise DataError("bench model: give at least one of --lengths and one of --styles")
        if TEXT in self.styles:
            raise DataError("--styles text: text is measured always; give styles of pages")
        if unknown := [name for name in self.measures if name not in MEASURES]:
            raise DataError(f"--measures {unknown[0]}: unknown; known: {', '.join(MEASURES)}")
        if self.clock not in measure.CLOCKS or (self.clock == "cpu" and self.device.startswith("cuda")):
            raise DataError(f"--clock {self.clock}: known: wall, and cpu where the device is one")
        whole = self.shape.n_layers
        for key, layers, most in (
            ("--layers", self.layers, whole),
            ("--sft-layers", self.sft_layers, self.layers or whole),
        ):
            if layers is not None and not 2 <= layers <= most:
                raise DataError(
                    f"{key} {layers}: from 2 to {most}; half of them are measured too, and the rest extended"
                )

    def same(self) -> dict[str, Any]:
        """What must not change between the pieces of one measurement."""
        return {
            "shape": self.shape.name,
            "config": self.shape.digest,
            "family": self.shape.family,
            "device": self.device,
            "dtype": self.dtype,
            "attention": self.attention,
            "layers": self.layers,
            "sft_layers": self.sft_layers,
            "recompute": self.recompute,
            "clock": self.clock,
            "new_tokens": self.new_tokens,
            "cache_gib": self.cache_gib,
            "pages_at_once": self.pages_at_once,
        }


@dataclass(frozen=True)
class Job:
    """A cell to be."""

    what: str
    length: int
    arm: str


def jobs(settings: Settings) -> list[Job]:
    """All cells, in the order in which they are measured."""
    wanted = {what for name in settings.measures for what in MEASURES[name]}
    return [
        Job(what, length, arm)
        for length in sorted(set(settings.lengths))
        for what in _ORDER
        if what in wanted
        for arm in (*(() if what in OF_PAGES else (TEXT,)), *settings.styles)
    ]


class Run:
    """One piece of a measurement."""

    def __init__(self, settings: Settings, text: str, store: Store) -> None:
        settings.check()
        self._settings = settings
        self._text = text
        self._store = store
        self._clock = measure.CLOCKS[settings.clock]
        self._styles = {name: content.load_style(name) for name in settings.styles}
        for (what, _, arm), cell in store.cells.items():
            earlier = cell.more.get("style_digest")
            if what == "render" and arm in self._styles and earlier not in (None, self._styles[arm].digest):
                raise StoreError(
                    f"--styles {arm}: it is another style than the one whose measurements are there; give another --out"
                )
        self._network: Network | None = None
        self._parts: dict[int, TextPart] = {}
        self._pages: tuple[tuple[int, str], PagePart, list[Patches]] | None = None
        self._features: tuple[tuple[int, str], Any] | None = None

    def go(self, *, progress: Callable[[int, int], None] | None = None) -> int:
        """Measure what is missing; how many cells are left over."""
        began = time.monotonic()
        todo = jobs(self._settings)
        left = [job for job in todo if (job.what, job.length, job.arm) not in self._store.cells]
        for done, job in enumerate(left):
            if progress:
                progress(len(todo) - len(left) + done, len(todo))
            if self._settings.minutes == 0:
                return len(left)
            if self._settings.minutes is not None and done:
                spent = time.monotonic() - began
                if spent + self._guess_s(job) > self._settings.minutes * 60:
                    return len(left) - done
            self._store.add(self._measure(job))
        return 0

    @property
    def network(self) -> Network:
        if self._network is None:
            chosen = self._settings
            self._network = Network(
                chosen.shape,
                device=chosen.device,
                dtype=chosen.dtype,
                attention=chosen.attention,
                layers=chosen.layers,
            )
        return self._network

    def _guess_s(self, job: Job) -> float:
        """What the cell may take, by the longest shorter one of its kind: twice as long is at most four times the work."""
        known = [
            cell
            for cell in self._store.cells.values()
            if cell.what == job.what and cell.arm == job.arm and cell.length < job.length and cell.error is None
        ]
        if not known:
            return 0.0
        last = max(known, key=lambda cell: cell.length)
        return last.wall_s * (job.length / last.length) ** _GROWTH

    def _measure(self, job: Job) -> Cell:
        began = time.monotonic()
        part = self._part(job.length)
        blank = Cell(what=job.what, length=job.length, arm=job.arm, n_tokens=part.n_tokens)
        try:
            found = self._cell(job, part)
        except Exception as error:
            if not measure.is_out_of_memory(error):
                raise
            found = replace(
                blank, error=f"out of memory: {str(error).splitlines()[0] if str(error) else 'no more is said'}"
            )
            error.__traceback__ = None
            self._features = None
            self._free()
        return replace(found, wall_s=time.monotonic() - began)

    def _free(self) -> None:
        gc.collect()
        if self._network is not None and self._settings.device.startswith("cuda"):
            self._network.release()

    def _cell(self, job: Job, part: TextPart) -> Cell:
        if job.what == "render":
            return self._render(job, part)
        if job.what == "patches":
            return self._patches(job)
        if job.what in ("encode", "encode-train"):
            return self._encode(job)
        if job.what in ("decode", "decode-largest"):
            return self._decode(job)
        return self._pass(job)

    def _render(self, job: Job, part: TextPart) -> Cell:
        drawn = [
            content.draw(part, self._styles[job.arm], self._settings.shape, clock=self._clock)
            for _ in range(self._settings.repeats + 1)
        ]
        pages = drawn[-1]
        counts = {
            "n_text_tokens": part.n_tokens,
            "n_pages": pages.n_pages,
            "visual_tokens": pages.visual_tokens,
            "n_chars": len(part.text),
            "style_digest": self._styles[job.arm].digest,
        }
        return Cell(
            what=job.what,
            length=job.length,
            arm=job.arm,
            n_tokens=pages.n_tokens,
            samples=tuple(each.render_s for each in drawn[1:]),
            more=counts,
        )

    def _patches(self, job: Job) -> Cell:
        pages, _ = self._drawn(job)
        timing = self._timed(lambda: self._in_parts(pages), lambda: None)
        return self._with(job, pages.n_tokens, timing)

    def _encode(self, job: Job) -> Cell:
        pages, parts = self._drawn(job)
        net, training = self.network, job.what == "encode-train"
        self._features = None
        if training:
            self._room(net.step_bytes(self._settings.pages_at_once * 4096, vision=True))
        with measure.peak_memory(self._settings.device) as peak:
            timing = self._timed(
                (lambda: net.encode_step(parts, recompute=self._settings.recompute))
                if training
                else (lambda: net.encode(parts)),
                net.sync,
            )
        page_tokens = [tokens for part in parts for tokens in part.visual_tokens]
        return replace(
            self._with(job, pages.n_tokens, timing), peak_bytes=peak.n_bytes, more={"page_tokens": page_tokens}
        )

    def _pass(self, job: Job) -> Cell:
        """A prefill or a training step of the text part."""
        net, chosen, training = self.network, self._settings, job.what == "train"
        if job.arm == TEXT:
            n_tokens = self._part(job.length).n_tokens
            work = net.train_text(n_tokens, recompute=chosen.recompute) if training else net.prefill_text(n_tokens)
        else:
            pages, parts = self._drawn(job)
            n_tokens, features = pages.n_tokens, self._encoded(job, parts)
            work = (
                net.train_pages(parts, features, recompute=chosen.recompute)
                if training
                else net.prefill_pages(parts, features)
            )
        self._room(net.step_bytes(n_tokens + ANSWER_TOKENS) if training else net.prefill_bytes(n_tokens))
        layers = chosen.sft_layers or chosen.layers if training else chosen.layers
        with measure.peak_memory(chosen.device) as peak:
            timing = self._over_layers(layers, lambda: self._timed(work, net.sync))
        kv_bytes = net.work.kv_bytes(n_tokens, net.width) if net.work else None
        return replace(
            self._with(job, n_tokens, timing),
            peak_bytes=peak.n_bytes,
            layers=layers,
            kv_bytes=None if training else kv_bytes,
        )

    def _decode(self, job: Job) -> Cell:
        net, chosen = self.network, self._settings
        n_tokens = self._part(job.length).n_tokens if job.arm == TEXT else self._drawn(job)[0].n_tokens
        self._features = None
        room = chosen.new_tokens + _WARM_STEPS
        batch = 1 if job.what == "decode" else self._largest_batch(n_tokens, room)
        kv_bytes = 0

        def repeats() -> measure.Timing:
            nonlocal kv_bytes
            step, cache = net.decode(n_tokens, batch=batch, room=room)
            kv_bytes = cache.n_bytes
            samples: list[float] = []
            for _ in range(chosen.repeats):
                cache.rewind()
                for _ in range(_WARM_STEPS):
                    step()
                net.sync()
                began = self._clock()
                for _ in range(chosen.new_tokens):
                    step()
                net.sync()
                samples.append((self._clock() - began) / chosen.new_tokens)
            return measure.Timing(samples=tuple(samples), warmed=True)

        with measure.peak_memory(chosen.device) as peak:
            timing = self._over_layers(chosen.layers, repeats)
        if chosen.layers:
            kv_bytes = kv_bytes * chosen.shape.n_layers // max(1, chosen.layers)
        return replace(
            self._with(job, n_tokens, timing),
            batch=batch,
            kv_bytes=kv_bytes,
            peak_bytes=peak.n_bytes,
            layers=chosen.layers,
        )

    def _largest_batch(self, n_tokens: int, room: int) -> int:
        """By trying on a GPU; on a processor by the memory that is set aside. Raises `MemoryError` where not even one fits."""
        net, chosen = self.network, self._settings
        if chosen.layers:
            return self._batch_of_all_layers(n_tokens + room)
        each = net.cache_bytes(n_tokens + room)
        on_gpu = chosen.device.startswith("cuda")
        gib = chosen.cache_gib if chosen.cache_gib is not None else (None if on_gpu else 0.5)
        limit = chosen.max_batch if gib is None else min(chosen.max_batch, int(gib * 2**30 // each))
        if not on_gpu:
            if limit < 1:
                raise MemoryError(f"one cache takes {each:,} bytes, over the {gib} GiB set aside")
            return limit

        def fits(batch: int) -> bool:
            try:
                step, _ = net.decode(n_tokens, batch=batch, room=room)
                step()
                net.sync()
            except Exception as error:
                if not measure.is_out_of_memory(error):
                    raise
                error.__traceback__ = None
                return False
            finally:
                self._free()
            return True

        found = measure.largest(fits, start=max(1, int(net.free_bytes() * 0.9 // each)), limit=max(1, limit))
        if not found:
            raise MemoryError(f"one cache takes {each:,} bytes")
        return found

    def _batch_of_all_layers(self, n_tokens: int) -> int:
        """What would fit with all layers where fewer are there: reckoned, since fewer leave more room than there would be."""
        net, chosen = self.network, self._settings
        each = net.cache_bytes(n_tokens) * chosen.shape.n_layers / net.n_layers
        room = (chosen.cache_gib or 0.5) * 2**30
        if chosen.cache_gib is None and chosen.device.startswith("cuda"):
            layer_bytes = net.work.layer_weights * net.width if net.work else 0
            room = (net.free_bytes() - layer_bytes * (chosen.shape.n_layers - net.n_layers)) * 0.9
        if (found := int(room // each)) < 1:
            raise MemoryError(f"one cache takes {each:,.0f} bytes, {max(room, 0):,.0f} are there for it")
        return min(found, chosen.max_batch)

    def _over_layers(self, layers: int | None, repeats: Callable[[], measure.Timing]) -> measure.Timing:
        """With `layers`, measured on so many and on half, each repeat extended to the shape's by the difference; else as it is."""
        net = self.network
        if layers is None:
            return repeats()
        fewer, whole = max(1, layers // 2), self._settings.shape.n_layers
        with net.with_layers(fewer):
            low = repeats()
        with net.with_layers(layers):
            high = repeats()
        pairs = zip(low.samples, high.samples, strict=False)
        return measure.Timing(
            samples=tuple(max(b, b + (b - a) * (whole - layers) / (layers - fewer)) for a, b in pairs),
            warmed=low.warmed and high.warmed,
        )

    def _timed(self, work: Callable[[], Any], sync: Callable[[], None]) -> measure.Timing:
        return measure.timed(
            work, sync=sync, clock=self._clock, repeats=self._settings.repeats, budget_s=self._settings.cell_s
        )

    def _with(self, job: Job, n_tokens: int, timing: measure.Timing) -> Cell:
        return Cell(
            what=job.what,
            length=job.length,
            arm=job.arm,
            n_tokens=n_tokens,
            samples=timing.samples,
            warmed=timing.warmed,
        )

    def _room(self, n_bytes: int) -> None:
        """On a processor too little memory ends the process, not the cell: so it is foretold. Raises `MemoryError`."""
        if self._settings.device.startswith("cuda"):
            return
        free = measure.available_bytes()
        if free is not None and n_bytes > free:
            raise MemoryError(f"about {n_bytes / 2**30:.1f} GiB are needed, {free / 2**30:.1f} GiB are free")

    def _part(self, length: int) -> TextPart:
        if length not in self._parts:
            self._parts = {length: content.cut(self._text, length)}
        return self._parts[length]

    def _drawn(self, job: Job) -> tuple[PagePart, list[Patches]]:
        key = job.length, job.arm
        if self._pages is None or self._pages[0] != key:
            self._pages = self._features = None
            pages = content.draw(self._part(job.length), self._styles[job.arm], self._settings.shape)
            self._pages = key, pages, self._in_parts(pages)
        return self._pages[1], self._pages[2]

    def _in_parts(self, pages: PagePart) -> list[Patches]:
        net, at_once = self.network, self._settings.pages_at_once
        return [
            content.patches(
                pages.pixels[at : at + at_once], self._settings.shape, device=self._settings.device, dtype=net.dtype
            )
            for at in range(0, pages.n_pages, at_once)
        ]

    def _encoded(self, job: Job, parts: list[Patches]) -> Any:
        key = job.length, job.arm
        if self._features is None or self._features[0] != key:
            self._features = None
            self._features = key, self.network.encode(parts)
        return self._features[1]
