"""The training itself: batches in, weights out, and a record of what happened.

In: a recipe, the folder of its texts, a folder to write to. Out, in that folder: `checkpoint.pt` (training goes on from it),
`history.jsonl`, `curves.png`, `record.json`. A run that is killed loses what came after its last checkpoint, and goes on to the same
weights.
"""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from smallprint.errors import DataError, StoreError
from smallprint.readers.sight.slots import ROW_PX
from smallprint.train.reader.ahead import batches, samples_of
from smallprint.train.reader.checks import Checker
from smallprint.train.reader.data import FACES, Crops, Samples
from smallprint.train.reader.looks import looks
from smallprint.train.reader.model import ReaderNet
from smallprint.train.reader.muon import Muon
from smallprint.train.reader.recipe import Recipe, completed
from smallprint.train.reader.settle import settle
from smallprint.train.reader.team import Team
from smallprint.train.reader.tensors import tensor

EDGE_PX = 8
"""Letters nearer than this to the edge of a crop may be cut, and do not count."""
CHECKPOINT = "checkpoint.pt"
_FREE = frozenset(("threads", "workers", "device", "check", "calibrate_chars"))
"""What may change in a recipe while it runs."""
_MATRICES = (
    "up.weight",
    "down.weight",
    "qkv.weight",
    "out.weight",
    "to_slots.weight",
    "to_context.weight",
    "from_context.weight",
    "to_glyph.weight",
)


class Training:
    """A network on its way. `step` counts from 0."""

    def __init__(self, recipe: Recipe, samples: Samples) -> None:
        cast(Any, torch).manual_seed(recipe.seed)
        torch.set_num_threads(recipe.threads)
        self.recipe, self.samples = recipe, samples
        self.step, self.seconds, self.n_chars = 0, 0.0, 0
        self.history: list[dict[str, Any]] = []
        self.net = ReaderNet(recipe.shape)
        if recipe.shape.glyph:
            with torch.no_grad():
                self.net.classes.weight.copy_(tensor(looks(recipe.shape, _face(recipe)), "cpu"))
        self.net.to(recipe.device)
        inner, rest = matrices(self.net)
        plan = recipe.schedule
        # Classes that begin with what is right must not be thrown about by the first, large steps.
        apart = [self.net.classes.weight] if plan.class_rate else []
        kept = [value for value in rest if not any(value is other for other in apart)]
        self.rates: tuple[float, ...] = (plan.matrix_rate, plan.rate, *([plan.class_rate] if apart else []))
        self.optimizers: tuple[torch.optim.Optimizer, ...] = (
            Muon(inner, lr=plan.matrix_rate, weight_decay=plan.weight_decay),
            *(
                torch.optim.AdamW(part, lr=rate, betas=(0.9, 0.98), weight_decay=0.0)
                for part, rate in ((kept, plan.rate), (apart, plan.class_rate))
                if part
            ),
        )

    def learn(self, crops: Crops, team: Team | None = None) -> dict[str, float]:
        """One step, together with a team's other processes; returns this one's losses, in nats a character."""
        plan, device = self.recipe.schedule, self.recipe.device
        share = plan.share(self.step)
        for optimizer, rate in zip(self.optimizers, self.rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * share
        with torch.autocast(device, torch.bfloat16, enabled=device != "cpu"):
            presence, letters, n_chars = losses(self.net, crops)
        cast(Any, presence + letters).backward()
        if team:
            team.average(self.net, self.step)
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), plan.clip)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.n_chars += n_chars * plan.parts
        return {"presence": presence.item(), "letters": letters.item(), "norm": float(norm)}

    def crops(self, root: Path, until: int, rank: int = 0) -> Iterator[Crops]:
        """Batches from this step on, for the member of that rank."""
        numbers = (step * self.recipe.schedule.parts + rank for step in range(self.step, until))
        return batches(self.samples, self.recipe, root, numbers)

    def state(self) -> dict[str, Any]:
        """All that is needed to go on."""
        return {
            "recipe": self.recipe.to_json(), "step": self.step, "seconds": self.seconds, "n_chars": self.n_chars,
            "history": self.history, "net": self.net.state_dict(), "optimizers": [o.state_dict() for o in self.optimizers],
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from `state`. Raises `DataError` where it is of another recipe."""
        ours, theirs = (
            {key: value for key, value in completed(recipe).items() if key not in _FREE}
            for recipe in (self.recipe.to_json(), state["recipe"])
        )
        if ours != theirs:
            raise DataError("the folder holds a training by another recipe; give another folder")
        self.step, self.seconds, self.n_chars = state["step"], state["seconds"], state["n_chars"]
        self.history = state["history"]
        self.net.load_state_dict(state["net"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)


def matrices(net: ReaderNet) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The parameters that Muon learns, and the rest."""
    named = list(net.named_parameters())
    return (
        [value for name, value in named if name.endswith(_MATRICES)],
        [value for name, value in named if not name.endswith(_MATRICES)],
    )


def _face(recipe: Recipe) -> str:
    return recipe.pages.faces[0] if recipe.pages.faces else FACES[0][0]


def losses(net: ReaderNet, crops: Crops) -> tuple[Tensor, Tensor, int]:
    """Nats a character for whether slots hold one and for which it is, and how many characters counted."""
    device = next(net.parameters()).device
    presence, slots = net(tensor(crops.ink, device), crops.token_px)
    settled = settle(crops.targets, presence.detach().float().cpu().numpy())
    classes = tensor(settled, device).long()
    counted = torch.zeros_like(presence)
    rows, columns = EDGE_PX // ROW_PX, EDGE_PX * presence.shape[2] // crops.ink.shape[2]
    counted[:, rows:-rows, columns:-columns] = 1
    held = (classes >= 0) & (counted > 0)
    n_chars = max(1, int(held.sum()))
    missed = F.binary_cross_entropy_with_logits(presence.float(), (classes >= 0).float(), counted, reduction="sum")
    wrong = F.cross_entropy(net.letters(slots[held]).float(), classes[held], reduction="sum")
    # A batch of hardly any text must not shout.
    scale = max(n_chars, 200)
    return missed / scale, wrong / scale, n_chars


def train(
    recipe: Recipe,
    root: Path,
    folder: Path,
    *,
    say: Callable[[dict[str, Any]], None],
    until: int | None = None,
    start: Path | None = None,
) -> Training:
    """Runs `recipe` on the texts below `root` to its end, or to step `until`; `start` is the folder of a training whose weights it begins
    with, of a network of the same shape.

    Raises `StoreError` where the folder cannot be written, `DataError` where it holds another training, or a text is missing.
    """
    if until is not None and until < 1:
        raise DataError(f"until: {until} is not allowed; give at least 1")
    training, checker = (
        Training(recipe, samples_of(recipe, root)),
        Checker(recipe.check, root, recipe.shape),
    )
    plan = recipe.schedule
    last = plan.steps if until is None else min(plan.steps, until)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror or error}") from None
    _restore(training, folder, start)
    began = time.monotonic() - training.seconds
    sums: dict[str, float] = {}
    counted = 0
    with Team.led(training.net, plan.parts, _follow, (recipe, root, folder, last, start)) as team:
        for crops in training.crops(root, last):
            for key, value in training.learn(crops, team).items():
                sums[key] = sums.get(key, 0.0) + value
            counted += 1
            training.seconds = time.monotonic() - began
            at_end = training.step == last
            if training.step % plan.check_every == 0 or at_end:
                row = {
                    "step": training.step, "of": plan.steps, "seconds": round(training.seconds, 1), "n_chars": training.n_chars,
                    **{key: round(value / counted, 4) for key, value in sums.items()},
                    "checks": checker(training.net),
                }  # fmt: skip
                training.history.append(row)
                sums, counted = {}, 0
                training.seconds = time.monotonic() - began
                say(row)
            if training.step % plan.save_every == 0 or at_end:
                _save(training, folder / CHECKPOINT)
    return training


def _follow(team: Team, recipe: Recipe, root: Path, folder: Path, last: int, start: Path | None) -> None:
    """What the other processes of a team do: the same steps on other samples."""
    training = Training(recipe, samples_of(recipe, root))
    _restore(training, folder, start)
    for crops in training.crops(root, last, team.rank):
        training.learn(crops, team)


def _restore(training: Training, folder: Path, start: Path | None) -> None:
    """Goes on from the folder's checkpoint; where there is none, begins with the weights of `start`."""
    path, other = folder / CHECKPOINT, None if start is None else start / CHECKPOINT
    device = training.recipe.device
    try:
        if path.exists():
            training.restore(torch.load(path, map_location=device, weights_only=True))
        elif other is not None:
            path = other
            training.net.load_state_dict(torch.load(path, map_location=device, weights_only=True)["net"])
    except (OSError, EOFError, pickle.UnpicklingError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{path}: not a checkpoint that can be used here: {error}") from None


def _save(training: Training, path: Path) -> None:
    beside = path.with_suffix(".new")
    try:
        torch.save(training.state(), beside)
        beside.replace(path)
        lines = "".join(json.dumps(row) + "\n" for row in training.history)
        beside.write_text(lines, encoding="utf-8")
        beside.replace(path.with_name("history.jsonl"))
    except (OSError, RuntimeError) as error:  # torch.save raises either where the disk is full
        raise StoreError(f"{path}: {error}") from None
