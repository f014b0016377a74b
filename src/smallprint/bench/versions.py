"""Which versions ran.

In: nothing. Out: a table that goes to JSON. Knows nothing of engines.
"""

from __future__ import annotations

import shutil
import subprocess
from importlib import metadata

from smallprint._version import __version__
from smallprint.render import harfbuzz, kernel
from smallprint.render.fonts import freetype_version

_PACKAGES = ("numpy", "reportlab", "pdf2image", "pillow", "skia-python")


def versions() -> dict[str, str | None]:
    """Versions of ours and of what the engines lean on; None for what is not installed; `kernel` says whether ours ran with it."""
    found: dict[str, str | None] = {
        "smallprint": __version__,
        "kernel": "on" if kernel.module else "off",
        "freetype": freetype_version(),
        "harfbuzz": harfbuzz.version(),
    }
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = None
    found["poppler"] = _poppler()
    return found


def _poppler() -> str | None:
    if shutil.which("pdftoppm") is None:
        return None
    done = subprocess.run(["pdftoppm", "-v"], capture_output=True, text=True, timeout=60, check=False)
    words = (done.stderr + done.stdout).split()
    return words[words.index("version") + 1] if "version" in words[:-1] else "unknown"
