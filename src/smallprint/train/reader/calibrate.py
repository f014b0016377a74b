"""Confidence that keeps its word: a small perceptron fitted to pages of which the text is known.

In: a trained network and samples of whole pages, drawn anew from the texts of the training and left as they come from the renderer. Out: a
`Confidence`, and figures of pages that it was not fitted to. A character counts as wrong where it differs from the text, where the text has
none, and where one is missing beside it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from smallprint.readers.sight.alphabet import SPACE, text_of
from smallprint.readers.sight.confidence import N_LETTERS, Confidence, features, letter
from smallprint.readers.sight.decode import Characters
from smallprint.readers.sight.homoglyphs import one_hook, one_script
from smallprint.train.reader.checks import found_on
from smallprint.train.reader.data import Samples
from smallprint.train.reader.model import ReaderNet
from smallprint.train.reader.tensors import tensor

HIDDEN, STEPS, BATCH, RATE = 24, 1500, 16_384, 2e-2
APART = 0.2
"""Share of pages from which the threshold is taken, and as many again from which the figures are."""
ALLOWED = 1e-4
"""Share of sure characters that may be wrong."""
BINS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9995, 0.9999, 1.0)


def mistakes(read: str, truth: str) -> NDArray[np.bool_]:
    """Which characters of `read` are wrong, or have one missing beside them (n,)."""
    from rapidfuzz.distance import Levenshtein

    wrong = np.zeros(len(read), bool)
    for op in Levenshtein.editops(read, truth):
        if op.tag == "insert":
            wrong[max(0, op.src_pos - 1) : op.src_pos + 1] = True
        else:
            wrong[op.src_pos] = True
    return wrong


@dataclass(frozen=True, eq=False)
class _Sheet:
    """Of a page: what tells right characters from wrong ones (n, F), which letters they are (n,), and which are wrong (n,)."""

    features: NDArray[np.float32]
    letter: NDArray[np.int64]
    wrong: NDArray[np.bool_]


def calibrated(net: ReaderNet, samples: Samples, *, n_chars: int, seed: int) -> tuple[Confidence, dict[str, Any]]:
    """Fitted to pages of small or fine print with at least `n_chars` characters in all: on the paper's mixture, half of which can hardly be
    read, nothing would be learnt of what is nearly always right."""
    small = dataclasses.replace(samples.mixture, small_print=1.0)
    drawn = Samples(
        samples.corpus,
        small,
        seed=seed,
        batch=samples.batch,
        slots_a_cell=samples.slots_a_cell,
        n_classes=samples.n_classes,
    )
    sheets = list(_sheets(net, drawn, n_chars, seed))
    apart = round(APART * len(sheets))
    fitted = _fit(sheets[2 * apart :], seed)
    (chance, wrong), (other, other_wrong) = (
        (
            np.concatenate([fitted.of(sheet.features, sheet.letter) for sheet in part]),
            np.concatenate([sheet.wrong for sheet in part]),
        )
        for part in (sheets[:apart], sheets[apart : 2 * apart])
    )
    sure = threshold(chance, wrong)
    marked = other >= sure
    report = {
        "n_chars": len(other),
        "wrong": round(float(other_wrong.mean()), 6),
        "sure": round(float(marked.mean()), 4),
        "wrong_of_sure": round(float((other_wrong & marked).sum() / max(1, marked.sum())), 7),
        "wrong_in_doubt": round(float((other_wrong & ~marked).sum() / max(1, other_wrong.sum())), 4),
        "reliability": reliability(other, other_wrong),
    }
    return dataclasses.replace(fitted, sure=sure), report


def reliability(chance: NDArray[np.float32], wrong: NDArray[np.bool_]) -> list[dict[str, float]]:
    """By bins of confidence: how many characters, what was promised, and what was right."""
    rows: list[dict[str, float]] = []
    for low, high in pairwise(BINS):
        here = (chance >= low) & ((chance < high) | (high == 1.0))
        if here.any():
            promised, right = float(chance[here].mean()), float(1 - wrong[here].mean())
            rows.append({"from": low, "n": int(here.sum()), "promised": round(promised, 6), "right": round(right, 6)})
    return rows


def threshold(chance: NDArray[np.float32], wrong: NDArray[np.bool_]) -> float:
    """The lowest probability from which on no more than `ALLOWED` of the characters are wrong; above all of them where there is none."""
    order = np.argsort(-chance, kind="stable")
    share = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    # A cut falls between two probabilities.
    last = np.append(chance[order][1:] < chance[order][:-1], True)
    within = np.flatnonzero((share <= ALLOWED) & last)
    return float(chance[order[within[-1]]]) if len(within) else 2.0


def _sheets(net: ReaderNet, samples: Samples, n_chars: int, seed: int) -> Iterator[_Sheet]:
    random = Random(f"{seed}/calibration")
    seen = n_sheets = 0
    while seen < n_chars or n_sheets < 2 / APART:
        drawn = samples.page(random)
        if drawn is None:
            continue
        ink, targets, token_px = drawn
        found = found_on(net, ink, token_px)
        truth = "\n".join(filter(None, (text_of(row[row >= 0]).strip() for row in targets.classes)))
        at, read = _lines(found)
        seen += len(truth)
        n_sheets += 1
        wrong = mistakes(read, truth)[[char != "\n" for char in read]]
        yield _Sheet(features(found)[at], letter(found)[at], wrong)


def _lines(found: Characters) -> tuple[NDArray[np.int64], str]:
    """The characters of lines without the spaces at either end, which are margin, and their text, each word in one script."""
    kept: list[NDArray[np.int64]] = []
    for row in np.unique(found.row):
        at = np.flatnonzero(found.row == row)
        inked = np.flatnonzero(found.label[at] != SPACE)
        if len(inked):
            kept.append(at[inked[0] : inked[-1] + 1])
    text = "\n".join(text_of(found.label[at]) for at in kept)
    return np.concatenate(kept) if kept else np.zeros(0, np.int64), one_hook(one_script(text))


def _fit(sheets: list[_Sheet], seed: int) -> Confidence:
    values = np.concatenate([sheet.features for sheet in sheets])
    letters = tensor(np.concatenate([sheet.letter for sheet in sheets]), "cpu")
    wrong = np.concatenate([sheet.wrong for sheet in sheets])
    mean, spread = values.mean(0), values.std(0) + 1e-6
    inputs = tensor((values - mean) / spread, "cpu")
    right = tensor(1 - wrong.astype(np.float32), "cpu")
    generator = cast(Any, torch).Generator().manual_seed(seed)
    with cast(Any, torch).random.fork_rng():
        cast(Any, torch).manual_seed(seed)
        inner, letter_part, outer = (
            nn.Linear(values.shape[1], HIDDEN),
            nn.Embedding(N_LETTERS, HIDDEN),
            nn.Linear(HIDDEN, 1),
        )
        nn.init.zeros_(letter_part.weight)
    optimizer = torch.optim.Adam([*inner.parameters(), *letter_part.parameters(), *outer.parameters()], lr=RATE)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * max(0.01, 1 - step / STEPS)
        at = torch.randint(0, len(right), (min(BATCH, len(right)),), generator=generator)
        logits = outer(torch.tanh(inner(inputs[at]) + letter_part(letters[at])))[:, 0]
        loss = F.binary_cross_entropy_with_logits(logits, right[at])
        optimizer.zero_grad()
        cast(Any, loss).backward()
        cast(Any, optimizer).step()
    # The scaling of the inputs goes into the weights.
    scaled = inner.weight.detach().numpy() / spread
    return Confidence(
        letters=letter_part.weight.detach().numpy(),
        weights=np.ascontiguousarray(scaled.T.astype(np.float32)),
        bias=(inner.bias.detach().numpy() - scaled @ mean).astype(np.float32),
        out=outer.weight.detach().numpy()[0],
        offset=float(outer.bias.detach()),
        sure=1.0,
    )
