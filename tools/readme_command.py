"""Print one of the README's two set-up commands, for continuous integration to run as written.

python tools/readme_command.py main|tests
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def command(which: str) -> str:
    """The shell block that follows the comment ``<!-- command: WHICH -->``."""
    found = re.search(rf"<!-- command: {which} -->\n```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    if found is None:
        raise SystemExit(f"README.md has no command {which!r}")
    return found[1]


if __name__ == "__main__":
    print(command(sys.argv[1]), end="")
