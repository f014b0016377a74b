"""A reader that is a formula: styles are scored without drawing them.

Compression follows from the page's geometry. Errors rise steeply below some size of letters, which is smaller where letters stand on whole
pixels in all grays, and with lines or letters that are too close. Noise is that of counting errors in 20,000 characters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from smallprint.search.objectives import Goal
from smallprint.search.proposers.at_random import RandomProposer
from smallprint.search.space import Space
from smallprint.search.values import Confusion, Genome, Proposal, Proposer, Scores, Trial
from tests.search.genomes import canonical

CHARS = 20_000
WIDTHS = {"DejaVu Sans": 0.53, "DejaVu Sans Condensed": 0.48, "DejaVu Sans Mono": 0.6, "DejaVu Serif": 0.55}
HARDER = {"DejaVu Sans": 0.0, "DejaVu Sans Condensed": 0.25, "DejaVu Sans Mono": -0.2, "DejaVu Serif": 0.7}
SPACE = Space.of("glm-4.1v", ["prose"])
GOAL = Goal()


def compression(genome: Genome) -> float:
    """Characters on a page over its tokens of 28 x 28 px, 4.4 characters a text token."""
    width_px, height_px = map(int, str(genome["page"]).split("x"))
    size, columns = float(genome["size"]), int(genome["columns"])
    advance = size * WIDTHS.get(str(genome["face"]), 0.5) * float(genome["letter_scale"])
    if genome["whole_px"]:
        advance = max(1, round(advance))
    gaps = (columns - 1) * float(genome["column_gap"])
    line = (width_px - 2 * float(genome["margin"]) - gaps) / advance
    lines = (height_px - 2 * float(genome["margin"])) / max(0.7 * size, size + float(genome["leading"]))
    filled = (0.55 + 0.1 * columns) if genome["newline"] == "break" else 0.97
    return line * lines * filled / 4.4 / (width_px * height_px / 784)


def cer(genome: Genome) -> float:
    """As it would be in a text without end."""
    size, face = float(genome["size"]), str(genome["face"])
    crisp = bool(genome["whole_px"])
    need = 7.5 + HARDER.get(face, 0.2)
    need -= (1.2 if crisp else 0.0) + (0.5 if genome["gray_bits"] == 8 else 0.0)
    need += {"light": 0.0, "dark": 0.3, "paper": 0.2}[str(genome["theme"])]
    power = -3.7 + 1.1 * max(0.0, need - size) ** 1.3
    power += 0.9 * max(0.0, 0.5 - float(genome["leading"])) ** 1.5
    power += 14 * max(0.0, 0.94 - float(genome["letter_scale"])) ** 1.2
    power += 0.15 * (genome["alignment"] == "justify") + 0.1 * (int(genome["columns"]) - 1)
    power += 0.2 * (float(genome["margin"]) < 2) + 0.1 * (genome["newline"] == "mark")
    return min(0.9, 10**power)


def scored(genome: Genome) -> Scores:
    """The same genome has the same noise."""
    whole = {**SPACE.default, **genome}
    random = Random(canonical(SPACE.active(whole)))
    expected = CHARS * cer(whole)
    errors = min(CHARS, max(0, round(random.gauss(expected, math.sqrt(expected)))))
    share = errors / CHARS
    return Scores(
        compression=compression(whole),
        cer=share,
        cer_interval=(share * 0.8, min(1.0, share * 1.2 + 3 / CHARS)),
        errors=errors,
        chars=CHARS,
        items=8,
        by_kind={"prose": share},
        confusions=(Confusion(truth="l", read="1", count=errors // 3),) if errors > 2 else (),
    )


def trial(number: int, proposal: Proposal) -> Trial:
    return Trial(
        number=number,
        proposal=proposal,
        style=SPACE.style(proposal.genome).digest,
        scores=scored(proposal.genome),
    )


def started() -> list[Trial]:
    """The styles that a search begins with."""
    seeds = {SPACE.style(genome).digest: genome for _, genome in SPACE.seeds()[:4]}
    return [trial(at, Proposal(genome=each, proposer="seed", kind="seed")) for at, each in enumerate(seeds.values())]


def drawn(n: int, seed: int = 0) -> list[Trial]:
    """A history at random."""
    return [trial(at, each) for at, each in enumerate(RandomProposer(SPACE).propose([], n, seed))]


def searched(proposer: Proposer, n: int, seed: int, batch: int = 4) -> list[Trial]:
    """The history after `n` evaluations; fewer where the proposer fell silent."""
    history: list[Trial] = started()
    while len(history) < n:
        made: Sequence[Proposal] = proposer.propose(history, min(batch, n - len(history)), seed)
        if not made:
            break
        history += [trial(len(history) + at, each) for at, each in enumerate(made)]
    return history
