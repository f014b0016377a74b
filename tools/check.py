"""The one check: lint, format, types, tests; the README's code runs among the tests.

    python tools/check.py

Prints what it runs; the exit code is that of the first step that fails, or 0.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
STEPS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("pyright", "--pythonpath", sys.executable),
    ("pytest",),
)


def main() -> int:
    for step in STEPS:
        print(f"\n$ {' '.join(step)}", flush=True)
        began = time.monotonic()
        code = subprocess.run([sys.executable, "-m", *step], cwd=ROOT, check=False).returncode
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
