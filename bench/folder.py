"""How fast a long text becomes a folder of pages, and in how much memory.

    python bench/folder.py FILE MB [STYLE]
    python bench/folder.py --memory FILE MB [STYLE]

The file is repeated in a temporary file until it has MB million bytes. Pages a second, wall and processor seconds and peak memory are
printed for one and two threads: of a folder with all that belongs to it, and of the same pages as PNG files that are thrown away. The
folders stay until the end, because ext4 is slow to reuse the places of files that were just deleted; in flow they take 24 times MB.

With --memory nothing is written: the peak while the pages of a quarter and of all of the text go by, and what a page more costs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

STYLE = "flow"
WORKS = ("pngs", "folder")


def work(kind: str, text: Path, style: str, threads: int, out: Path) -> dict[str, Any]:
    """One measurement, in a process of its own. The peak is the system's count, in MiB."""
    import resource
    import time

    from smallprint.render import Style, render
    from smallprint.render.folder import write_folder

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def n_pngs(pages: Any) -> int:
        return sum(1 for _ in pages.pngs(threads=threads))

    n_pngs(render("warm", Style.load(style)))
    pages = render(text, Style.load(style))
    before, cpu, wall = peak(), time.process_time(), time.perf_counter()
    n_pages = write_folder(pages, out, threads=threads).n_pages if kind == "folder" else n_pngs(pages)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"n_pages": n_pages, "wall_s": wall, "cpu_s": cpu, "peak_mib": peak(), "before_mib": before}


def measure(kind: str, text: Path, style: str, threads: int, out: Path) -> dict[str, Any]:
    # A child's peak begins with its parent's, so this process loads nothing.
    command = [sys.executable, __file__, "--child", kind, str(text), style, str(threads), str(out)]
    found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    print(
        f"{kind:6} {threads} thread{'s' if threads > 1 else ' '}: {text.stat().st_size / 1e6:,.0f} MB, {found['n_pages']:,} pages, "
        f"{found['n_pages'] / found['wall_s']:,.0f} a second, {found['wall_s']:.1f} s wall, {found['cpu_s']:.1f} s processor "
        f"({found['cpu_s'] / found['n_pages'] * 1e3:.2f} ms a page); "
        f"peak {found['peak_mib']:.0f} MiB, {found['before_mib']:.0f} before",
        flush=True,
    )
    return found


def repeat(file: Path, n_bytes: float, to: Path) -> Path:
    once = file.read_bytes()
    with to.open("wb") as out:
        for _ in range(max(1, round(n_bytes / len(once)))):
            out.write(once)
    return to


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--child"]:
        kind, text, style, threads, out = arguments[1:]
        print(json.dumps(work(kind, Path(text), style, int(threads), Path(out))))
        return
    memory = arguments[:1] == ["--memory"]
    arguments = arguments[memory:]
    if len(arguments) not in (2, 3):
        raise SystemExit(__doc__)
    file, n_bytes, style = Path(arguments[0]), float(arguments[1]) * 1e6, [*arguments, STYLE][2]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if memory:
            few, many = (
                measure("pngs", repeat(file, n_bytes * part, folder / "text.txt"), style, 2, folder)
                for part in (0.25, 1)
            )
            growth = (many["peak_mib"] - few["peak_mib"]) * 2**20 / (many["n_pages"] - few["n_pages"])
            print(f"a page more costs {growth:.0f} bytes")
            return
        text = repeat(file, n_bytes, folder / "text.txt")
        for threads in (1, 2):
            for kind in WORKS:
                measure(kind, text, style, threads, folder / f"pages-{threads}")


if __name__ == "__main__":
    main(sys.argv[1:])
