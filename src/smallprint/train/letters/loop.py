"""The training of letters: pixels and network together.

In: a recipe, the folder of its texts, a folder to write to. Out, in that folder: `checkpoint.pt` (the training goes on from it, and a
training of the reader may start from it), `face.png`, `letters.png` (the letters before and after, for people), `record.json`. A run that
is killed loses what came after its last checkpoint, and goes on to the same letters.
"""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from smallprint.errors import DataError, StoreError
from smallprint.machine import machine
from smallprint.readers.sight.alphabet import text_of
from smallprint.render import Style
from smallprint.render.pixel_face import PixelFace
from smallprint.train.letters.case import NEWLINE, Case, Letters, composed, coverage, drawn, placed
from smallprint.train.letters.recipe import LetterCheck, LetterRecipe
from smallprint.train.reader import strings
from smallprint.train.reader.checks import found_on
from smallprint.train.reader.corpus import GENERATED, load_corpus
from smallprint.train.reader.files import read_text
from smallprint.train.reader.loop import CHECKPOINT, matrices
from smallprint.train.reader.model import ReaderNet
from smallprint.train.reader.muon import Muon
from smallprint.train.reader.tensors import tensor

SCHEMA = "smallprint.train.letters/1"
_PASSAGE = 16_000
_ZOOM = 8


class Learning:
    """Letters and their reader on their way. `step` counts from 0."""

    def __init__(self, recipe: LetterRecipe, root: Path) -> None:
        cast(Any, torch).manual_seed(recipe.seed)
        torch.set_num_threads(recipe.threads)
        self.recipe = recipe
        self.corpus = load_corpus(recipe.text, root)
        self.case = Case.of(Style.load(recipe.style), recipe.letters)
        self.net, self.letters = ReaderNet(recipe.shape), Letters(self.case, recipe.spread if recipe.learn else 0.0)
        self.step, self.seconds, self.n_chars = 0, 0.0, 0
        self.history: list[dict[str, Any]] = []
        inner, rest = matrices(self.net)
        plan = recipe.schedule
        self.optimizers: tuple[torch.optim.Optimizer, ...] = (
            Muon(inner, lr=plan.matrix_rate, weight_decay=plan.weight_decay),
            torch.optim.AdamW(rest, lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.0),
            torch.optim.Adam([self.letters.logit], lr=recipe.letter_rate),
        )
        self._rates = plan.matrix_rate, plan.rate, recipe.letter_rate if recipe.learn else 0.0

    @property
    def ink(self) -> NDArray[np.float32]:
        """The letters as they are drawn (n, line_px, widest)."""
        return drawn(coverage(self.letters().detach().numpy() if self.recipe.learn else self.case.ink))

    def learn(self) -> dict[str, float]:
        """One step; returns the losses, in nats a character."""
        recipe = self.recipe
        share = recipe.schedule.share(self.step)
        for optimizer, rate in zip(self.optimizers, self._rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * share
        random = Random(f"{recipe.seed}/{self.step}")
        noise = cast(Any, torch).Generator().manual_seed(random.getrandbits(60))
        places = placed(self._texts(random), self.case, recipe.side_px, recipe.shape.slots_a_cell)
        pages = composed(self.letters() if recipe.learn else tensor(self.ink, "cpu"), places, recipe.side_px)
        pages = pages + recipe.noise * torch.randn(pages.shape, generator=noise)
        presence, slots = self.net(pages, recipe.token_px)
        classes = tensor(places.classes, "cpu")
        held = classes >= 0
        n_chars = max(200, int(held.sum()))
        missed = binary_cross_entropy_with_logits(presence, held.float(), reduction="sum") / n_chars
        wrong = cross_entropy(self.net.letters(slots[held]), classes[held], reduction="sum") / n_chars
        cast(Any, missed + wrong).backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), recipe.schedule.clip)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.n_chars += int(held.sum())
        return {"presence": missed.item(), "letters": wrong.item()}

    def _texts(self, random: Random) -> Iterator[str]:
        for _ in range(self.recipe.schedule.batch):
            if random.random() < self.recipe.rare:
                yield "".join(random.choices(self.recipe.letters, k=_PASSAGE // 2))
            else:
                yield self.corpus.passage(random, _PASSAGE).replace("\n", NEWLINE)

    def errors(self, root: Path) -> dict[str, float]:
        """Character errors by name of check, as shares."""
        return {check.name: round(self._error(check, root), 5) for check in self.recipe.check}

    @torch.no_grad()
    def _error(self, check: LetterCheck, root: Path) -> float:
        from rapidfuzz.distance import Levenshtein

        n_chars = _PASSAGE * check.pages
        if check.file == GENERATED:
            # Lines of other scripts would be left with their spaces alone.
            lines = strings.unguessable(Random(check.name), 3 * n_chars).split("\n")
            text = "\n".join(line for line in lines if set(line) <= set(self.case.letters))[:n_chars]
        else:
            text = read_text(root / check.file)
            text = text[len(text) // 3 :][:n_chars]
        recipe, ink, noise = self.recipe, tensor(self.ink, "cpu"), cast(Any, torch).Generator().manual_seed(0)
        wrong = total = 0
        for at in range(0, len(text), _PASSAGE):
            passage = text[at : at + _PASSAGE].replace("\n", NEWLINE)
            places = placed([passage], self.case, recipe.side_px, recipe.shape.slots_a_cell)
            page = composed(ink, places, recipe.side_px)
            page = page + recipe.noise * torch.randn(page.shape, generator=noise)
            found = found_on(self.net, page[0].numpy(), recipe.token_px)
            read = "\n".join(text_of(found.label[found.row == row]) for row in np.unique(found.row))
            wrong += Levenshtein.distance(read, places.texts[0])
            total += len(places.texts[0])
        return wrong / max(1, total)

    def state(self) -> dict[str, Any]:
        """All that is needed to go on."""
        return {
            "recipe": self.recipe.to_json(), "step": self.step, "seconds": self.seconds, "n_chars": self.n_chars,
            "history": self.history, "net": self.net.state_dict(), "logit": self.letters.logit.detach(),
            "optimizers": [o.state_dict() for o in self.optimizers],
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from `state`. Raises `DataError` where it is of another recipe."""
        if json.dumps(state["recipe"]) != json.dumps(self.recipe.to_json()):
            raise DataError("the folder holds a training by another recipe; give another folder")
        self.step, self.seconds, self.n_chars = state["step"], state["seconds"], state["n_chars"]
        self.history = state["history"]
        self.net.load_state_dict(state["net"])
        with torch.no_grad():
            self.letters.logit.copy_(state["logit"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)


def learn_letters(
    recipe: LetterRecipe,
    root: Path,
    folder: Path,
    *,
    command: str,
    say: Callable[[dict[str, Any]], None],
    until: int | None = None,
) -> dict[str, Any]:
    """Runs `recipe` on the texts below `root` to its end, or to step `until`, and returns the record.

    Raises `StoreError` where the folder cannot be written, `DataError` where it holds another training, or a text is missing.
    """
    if until is not None and until < 1:
        raise DataError(f"until: {until} is not allowed; give at least 1")
    learning = Learning(recipe, root)
    plan = recipe.schedule
    last = plan.steps if until is None else min(plan.steps, until)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / CHECKPOINT).exists():
            learning.restore(torch.load(folder / CHECKPOINT, weights_only=True))
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror or error}") from None
    except (EOFError, pickle.UnpicklingError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{folder / CHECKPOINT}: not a checkpoint that can be used here: {error}") from None
    began = time.monotonic() - learning.seconds
    sums = {"presence": 0.0, "letters": 0.0}
    counted = 0
    while learning.step < last:
        for key, value in learning.learn().items():
            sums[key] += value
        counted += 1
        at_end = learning.step == last
        if learning.step % plan.check_every == 0 or at_end:
            row = {
                "step": learning.step, "of": plan.steps, "n_chars": learning.n_chars,
                **{key: round(value / counted, 4) for key, value in sums.items()}, "checks": learning.errors(root),
                "seconds": round(time.monotonic() - began, 1),
            }  # fmt: skip
            learning.history.append(row)
            sums, counted = dict.fromkeys(sums, 0.0), 0
            say(row)
        if learning.step % plan.save_every == 0 or at_end:
            learning.seconds = time.monotonic() - began
            _save(learning, folder / CHECKPOINT)
    try:
        return _finish(learning, folder, command)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror or error}") from None


def _save(learning: Learning, path: Path) -> None:
    beside = path.with_suffix(".new")
    try:
        torch.save(learning.state(), beside)
        beside.replace(path)
    except (OSError, RuntimeError) as error:  # torch.save raises either where the disk is full
        raise StoreError(f"{path}: {error}") from None


def _finish(learning: Learning, folder: Path, command: str) -> dict[str, Any]:
    recipe, case = learning.recipe, learning.case
    style = Style.load(recipe.style)
    covered = coverage(learning.ink)
    face = PixelFace(
        recipe.face,
        letters=case.letters,
        pictures=[covered[at, :, :width] for at, width in enumerate(case.advance.tolist())],
        size_px=round(style.font_size * style.scale),
        descent_px=round(case.line_px / 4),
    )
    face.save(folder / "face.png")
    _picture(drawn(coverage(case.ink)), learning.ink, folder / "letters.png")
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "recipe": recipe.to_json(),
        "command": command,
        "machine": machine(),
        "data": {"sha256": learning.corpus.sha256, "n_chars": learning.corpus.n_chars},
        "steps": learning.step,
        "seconds": round(learning.seconds, 1),
        "n_chars_seen": learning.n_chars,
        "last": learning.history[-1],
        "face_sha256": face.sha256,
    }
    beside = folder / "record.json.new"
    beside.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(folder / "record.json")
    return record


def _picture(before: NDArray[np.float32], after: NDArray[np.float32], path: Path) -> None:
    """Rows of letters: as they were above, what became of them below."""
    from PIL import Image

    rows: list[NDArray[np.float32]] = []
    for ink in (before, after):
        cells = np.pad(ink, ((0, -len(ink) % 32), (1, 1), (1, 1)))
        rows += [np.concatenate(list(cells[at : at + 32]), axis=1) for at in range(0, len(cells), 32)]
    pixels = np.rint(255 * (1 - np.concatenate(rows))).astype(np.uint8)
    size = pixels.shape[1] * _ZOOM, pixels.shape[0] * _ZOOM
    Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST).save(path)
