"""The readers' loopback server as a language model that studies trials.

In: a function that answers a prompt. Out: an OpenAI-compatible server on this machine, whose replies are streamed. Its `requests` have what
came.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "readers"))
from loopback import Act, Loopback, serving


@contextmanager
def answering(answer: Callable[[str], str]) -> Iterator[Loopback]:
    """A running server; nothing of it is left at the end."""
    with serving() as server:
        server.next_act = lambda: Act(words=tuple(re.findall(r"\S+\s*|\s+", answer(server.requests[-1].text))))
        yield server
