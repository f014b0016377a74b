"""One text for equal genomes, to draw numbers from."""

from __future__ import annotations

import json

from smallprint.search.values import Genome


def canonical(genome: Genome) -> str:
    return json.dumps({name: genome[name] for name in sorted(genome)}, ensure_ascii=False)
