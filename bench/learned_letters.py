"""Are there better letters than those of a typeface, for a reader that is trained on them?

    python bench/learned_letters.py --data DIR --out DIR [--style fine-4] [--minutes 6] [--noise 0.04] [--seed 1]

Trains the same small network twice for the same time on the same text: once on the letters of `--style`'s face, each cut to its own advance
and line, and once on letters whose pixels are trained together with the network, from the same beginning. Prints the character errors of
both on held-out prose (*Jane Eyre*), pages composed of letters rounded to 8 bits, with noise of `--noise` (of full ink) on every pixel, and
writes a picture of the letters before and after.

Only ASCII and the newline mark. Nobody but this network reads such letters: it says what the pixels could carry, not what a model carries.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from rapidfuzz.distance import Levenshtein
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from legibility import text_of
from smallprint.readers.sight.alphabet import classes_of
from smallprint.readers.sight.alphabet import text_of as letters_of
from smallprint.readers.sight.slots import CELL_PX, ROW_PX
from smallprint.render import Style, render
from smallprint.tokens.text import count
from smallprint.train.reader.checks import found_on
from smallprint.train.reader.model import ReaderNet, Shape
from smallprint.train.reader.muon import Muon

LETTERS = "".join(chr(code) for code in range(0x20, 0x7F)) + "↵"
SHAPE = Shape(dim=80, depth=5, code=24, slots_a_cell=4, slot=32)
SIDE_PX, TOKEN_PX = 192, 32
MATRIX_RATE, RATE, LETTER_RATE = 4e-3, 6e-3, 2e-2
WARM_UP, DECAY = 40, 0.4


@dataclass(frozen=True)
class Face:
    """Ink of each letter (96, line_px, widest), and its advance (96,), both in pixels."""

    ink: NDArray[np.float32]
    advance: NDArray[np.int64]

    @property
    def line_px(self) -> int:
        return self.ink.shape[1]

    @classmethod
    def of(cls, style: Style) -> Face:
        """The style's letters, without what hangs over."""
        line_px = round(style.line_height_px)
        inks: list[NDArray[np.float32]] = []
        wide = style.with_keys({"margin-x": 8, "margin-y": 8, "newline-markup": "↵"})
        for char in LETTERS:
            page = render("n" + ("\n" if char == "↵" else char) + "n", wide)[0]
            (x0, x1), top = page.char_edges()[1].round().astype(int), page.lines[0].top_px
            inks.append(1 - page.pixels[top : top + line_px, x0:x1].astype(np.float32) / 255)
        advance = np.array([ink.shape[1] for ink in inks])
        made = np.zeros((len(LETTERS), line_px, int(advance.max())), np.float32)
        for at, ink in enumerate(inks):
            made[at, : ink.shape[0], : ink.shape[1]] = ink
        return cls(made, advance)


@dataclass(frozen=True)
class Places:
    """Letters on pages: which page, which letter, left edge and top, each (n,); and the classes of slots (B, R, S)."""

    page: NDArray[np.int64]
    letter: NDArray[np.int64]
    x: NDArray[np.int64]
    y: NDArray[np.int64]
    classes: NDArray[np.int64]
    texts: tuple[str, ...]


def placed(texts: list[str], face: Face) -> Places:
    """Pages of `SIDE_PX`, each filled with a text, lines broken anywhere."""
    number = {char: at for at, char in enumerate(LETTERS)}
    classes = np.full((len(texts), SIDE_PX // ROW_PX, SIDE_PX // CELL_PX * SHAPE.slots_a_cell), -1)
    columns: list[list[int]] = [[], [], [], []]
    shown: list[str] = []
    for page, text in enumerate(texts):
        x = y = 0
        lines: list[str] = [""]
        for char in text:
            at = number.get(char)
            if at is None:
                continue
            width = int(face.advance[at])
            if x + width > SIDE_PX:
                x, y = 0, y + face.line_px
                if y + face.line_px > SIDE_PX:
                    break
                lines.append("")
            for column, value in zip(columns, (page, at, x, y), strict=True):
                column.append(value)
            row, column = (2 * y + face.line_px) // (2 * ROW_PX), (2 * x + width) * SHAPE.slots_a_cell // (2 * CELL_PX)
            classes[page, row, column] = int(classes_of(char)[0])
            lines[-1] += char
            x += width
        shown.append("\n".join(lines))
    page_, letter, x_, y_ = (np.array(column) for column in columns)
    return Places(page_, letter, x_, y_, classes, tuple(shown))


def composed(ink: Tensor, places: Places) -> Tensor:
    """Pages (B, H, W) of letters' ink (96, line_px, widest)."""
    n_pages, widest = len(places.texts), ink.shape[2]
    parts = ink[torch.from_numpy(places.letter)]
    rows = torch.from_numpy(places.page * SIDE_PX + places.y)[:, None, None] + torch.arange(ink.shape[1])[None, :, None]
    columns = torch.from_numpy(places.x)[:, None, None] + torch.arange(widest)[None, None, :]
    flat = torch.zeros(n_pages * SIDE_PX, SIDE_PX + widest).index_put(
        (rows.expand_as(parts), columns.expand_as(parts)), parts, accumulate=True
    )
    return flat[:, :SIDE_PX].reshape(n_pages, SIDE_PX, SIDE_PX).clamp(0, 1)


class Letters(nn.Module):
    """Pixels of letters, between no ink and full ink, none beyond the advance."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        start = torch.from_numpy(face.ink).clamp(0.03, 0.97)
        self.logit = nn.Parameter(torch.log(start / (1 - start)))
        self.inside = torch.from_numpy(np.arange(face.ink.shape[2]) < face.advance[:, None, None]).float()

    def forward(self) -> Tensor:
        return torch.sigmoid(self.logit) * self.inside


def train(
    face: Face, texts: list[str], *, learn: bool, minutes: float, noise: float, seed: int
) -> tuple[ReaderNet, NDArray[np.float32], int]:
    cast(Any, torch).manual_seed(seed)
    random = Random(seed)
    net, letters = ReaderNet(SHAPE), Letters(face)
    fixed = torch.from_numpy(face.ink) * letters.inside
    named = list(net.named_parameters())
    is_matrix = {
        name: value.ndim == 2 and not name.startswith(("presence", "classes")) and "bias" not in name
        for name, value in named
    }
    optimizers: list[torch.optim.Optimizer] = [
        Muon([value for name, value in named if is_matrix[name]], lr=MATRIX_RATE, weight_decay=0.01),
        torch.optim.AdamW(
            [value for name, value in named if not is_matrix[name]], lr=RATE, betas=(0.9, 0.98), weight_decay=0.0
        ),
        torch.optim.Adam([letters.logit], lr=LETTER_RATE if learn else 0.0),
    ]
    rates = [group["lr"] for optimizer in optimizers for group in optimizer.param_groups]
    began, step = time.monotonic(), 0
    while (spent := (time.monotonic() - began) / (60 * minutes)) < 1:
        share = min((step + 1) / WARM_UP, 1.0, max(0.01, (1 - spent) / DECAY))
        for rate, group in zip(
            rates, (group for optimizer in optimizers for group in optimizer.param_groups), strict=True
        ):
            group["lr"] = rate * share
        places = placed([passage(random, texts) for _ in range(2)], face)
        pages = composed(letters() if learn else fixed, places)
        presence, slots = net(pages + noise * torch.randn_like(pages), TOKEN_PX)
        classes = torch.from_numpy(places.classes)
        held = classes >= 0
        loss = binary_cross_entropy_with_logits(presence, held.float(), reduction="sum")
        loss = (loss + cross_entropy(net.classes(slots[held]), classes[held], reduction="sum")) / max(
            1, int(held.sum())
        )
        cast(Any, loss).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for optimizer in optimizers:
            cast(Any, optimizer).step()
            optimizer.zero_grad(set_to_none=True)
        step += 1
        if step % 100 == 0:
            print(f"  step {step}, {spent:.0%}, loss {float(loss.detach()):.3f}", flush=True)
    return net, (letters() if learn else fixed).detach().numpy(), step


def passage(random: Random, texts: list[str]) -> str:
    text = random.choice(texts)
    start = random.randrange(max(1, len(text) - 12_000))
    return text[start : start + 12_000].replace("\n", "↵")


@torch.no_grad()
def errors(
    net: ReaderNet, ink: NDArray[np.float32], face: Face, text: str, noise: float, n_pages: int = 12
) -> tuple[float, int]:
    """Character errors on pages of letters rounded to 8 bits, and how many characters."""
    rounded = torch.from_numpy(np.rint(ink * 255) / 255)
    cast(Any, torch).manual_seed(0)
    wrong = total = 0
    for at in range(n_pages):
        places = placed([text[at * 9000 : at * 9000 + 9000].replace("\n", "↵")], face)
        pages = composed(rounded, places)
        pages = pages + noise * torch.randn_like(pages)
        found = found_on(net, pages[0].numpy(), TOKEN_PX)
        read = "\n".join(letters_of(found.label[found.row == row]) for row in np.unique(found.row))
        wrong += Levenshtein.distance(read, places.texts[0])
        total += len(places.texts[0])
    return wrong / total, total


def picture(before: NDArray[np.float32], after: NDArray[np.float32], path: Path, zoom: int = 8) -> None:
    """Two rows of letters each: those of the face above, what became of them below."""
    rows = []
    for ink in (before, after):
        cells = np.pad(ink, ((0, 0), (1, 1), (1, 1)))
        rows += [np.concatenate(list(cells[at : at + 32]), axis=1) for at in range(0, 96, 32)]
    pixels = np.rint(255 * (1 - np.concatenate(rows))).astype(np.uint8)
    Image.fromarray(pixels).resize((pixels.shape[1] * zoom, pixels.shape[0] * zoom), Image.Resampling.NEAREST).save(
        path
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--style", default="fine-4")
    parser.add_argument("--minutes", type=float, default=6)
    parser.add_argument("--noise", type=float, default=0.04)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    face = Face.of(Style.preset(options.style))
    held_out = ("Cbronte_", "Doyle_Hound_1902", "Stevenson_Treasure")
    books = [
        path for path in sorted((options.data / "books_en").glob("*.txt.gz")) if not path.name.startswith(held_out)
    ]
    texts = [text_of(path) for path in books]
    test = text_of(options.data / "jane_eyre" / "jane_eyre_pg1260_reflowed.txt")[300_000:]
    area = (
        float(
            np.mean([face.advance[LETTERS.index(char)] for char in test[:50_000].replace("\n", "↵") if char in LETTERS])
        )
        * face.line_px
    )
    ratio = count(test[:50_000]).tokens / 50_000 * TOKEN_PX**2 / area
    print(
        f"{options.style}: lines of {face.line_px} px, {area:.2f} px a character, {ratio:.1f} text tokens a token of 32 px"
    )
    report: dict[str, Any] = {
        "style": options.style,
        "px_a_char": area,
        "ratio": ratio,
        "noise": options.noise,
        "minutes": options.minutes,
    }
    for name, learn in (("face", False), ("learned", True)):
        net, ink, steps = train(
            face, texts, learn=learn, minutes=options.minutes, noise=options.noise, seed=options.seed
        )
        cer, total = errors(net, ink, face, test, options.noise)
        print(f"{name}: {steps} steps, {cer:.3%} of {total:,} characters misread", flush=True)
        report[name] = {"steps": steps, "cer": cer, "chars": total}
        if learn:
            np.savez(options.out / "letters.npz", ink=np.rint(ink * 255).astype(np.uint8), advance=face.advance)
            picture(face.ink, ink, options.out / "letters.png")
    (options.out / "letters.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
