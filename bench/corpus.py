"""How fast a corpus becomes shards of pages, in how much memory, and whether a run that is killed ends the same.

    python bench/corpus.py FOLDER MILLIONS [--kills K] [--style STYLE] [--format FORMAT] [--shard-mb N] [--work FOLDER] [--seed N]

All texts below FOLDER (.txt, .txt.gz, .md) become lines of one JSON file, again and again under new ids, until it has MILLIONS million
characters. Then, each in processes of its own, a processor each:

    memory      the documents drawn to PNG files that are thrown away, each text from memory
    shards      the command line, once, not disturbed
    copy        the shards' bytes written to other files and synced: less than that no writer of shards takes
    killed      the command line again, killed with SIGKILL after a time drawn at random, K times, then left alone

and the two folders are compared byte for byte. Processor seconds are those of all processes, and depend little on what else the machine
does. Peak memory is the sum of all processes' own pages (Pss, /proc), looked at ten times a
second. What was made is deleted in the end; it takes some 24 bytes a character.
"""

from __future__ import annotations

import argparse
import filecmp
import gzip
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.name.endswith((".txt", ".txt.gz", ".md")):
            data = path.read_bytes()
            yield path.name.partition(".")[0], (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def make_corpus(folder: Path, n_chars: int, to: Path) -> int:
    """Lines of whole texts; the last one is cut so that the corpus has exactly `n_chars`."""
    left, turn = n_chars, 0
    with to.open("w", encoding="utf-8", newline="") as file:
        while left:
            for name, text in texts(folder):
                text = text[:left]
                left -= len(text)
                file.write(json.dumps({"id": f"{name}-{turn}", "text": text}, ensure_ascii=False) + "\n")
                if not left:
                    break
            turn += 1
    return to.stat().st_size


class Memory:
    """The peak of a process and its children, in MiB."""

    def __init__(self, pid: int) -> None:
        self.peak_mib = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(pid,))
        self._thread.start()

    def stop(self) -> float:
        self._over.set()
        self._thread.join()
        return self.peak_mib

    def _watch(self, pid: int) -> None:
        while not self._over.wait(0.1):
            self.peak_mib = max(self.peak_mib, sum(map(pss_mib, [pid, *children(pid)])))


def children(pid: int) -> list[int]:
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [each for child in map(int, found) for each in (child, *children(child))]


def pss_mib(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    except (OSError, ProcessLookupError):
        return 0.0


def draw_to_memory(corpus: str, style: str) -> None:
    """A processor's share of the documents, drawn and thrown away. What it prints: characters, pages, bytes, seconds."""
    from smallprint.render import Style, render

    share, of = map(int, os.environ["SHARE"].split("/"))
    with open(corpus, encoding="utf-8", newline="") as file:
        documents = [json.loads(line)["text"] for at, line in enumerate(file) if at % of == share]
    chosen = Style.load(style)
    for _ in render("warm", chosen).pngs(threads=1):
        pass
    began = time.perf_counter()
    n_pages = n_bytes = 0
    for text in documents:
        for _, png in render(text, chosen).pngs(threads=1):
            n_pages += 1
            n_bytes += len(png)
    seconds = time.perf_counter() - began
    print(json.dumps([sum(map(len, documents)), n_pages, n_bytes, seconds]))


def measure_memory(corpus: Path, style: str) -> dict[str, float]:
    n = os.cpu_count() or 1
    runs = [
        subprocess.Popen(
            [sys.executable, __file__, "--draw", str(corpus), style],
            env={**os.environ, "SHARE": f"{share}/{n}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for share in range(n)
    ]
    found = [json.loads(run.communicate()[0]) for run in runs]
    return {"chars": sum(each[0] for each in found), "pages": sum(each[1] for each in found),
            "bytes": sum(each[2] for each in found), "s": max(each[3] for each in found)}  # fmt: skip


def measure_copy(shards: Path, to: Path) -> float:
    to.mkdir()
    began = time.perf_counter()
    for path in sorted(shards.iterdir()):
        with path.open("rb") as source, (to / path.name).open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
    seconds = time.perf_counter() - began
    shutil.rmtree(to)
    return seconds


def run(command: list[str], kill_after_s: float | None = None) -> tuple[float, float, dict[str, Any] | None]:
    """Seconds, peak MiB, and what a run that was left alone says."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    memory = Memory(process.pid)
    try:
        out, _ = process.communicate(timeout=kill_after_s)
        said = json.loads(out)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        said = None
    return time.perf_counter() - began, memory.stop(), said


def children_s() -> float:
    """Processor seconds of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def same(one: Path, two: Path) -> bool:
    names = sorted(os.listdir(one))
    if names != sorted(os.listdir(two)):
        return False
    _, different, errors = filecmp.cmpfiles(one, two, names, shallow=False)
    return not different and not errors


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--draw"]:
        draw_to_memory(*arguments[1:])
        return 0
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("millions", type=float)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--style", default="flow")
    parser.add_argument("--format", default="parquet")
    parser.add_argument("--shard-mb", default="8")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=options.work) as name:
        return measure(options, Path(name))


def measure(options: argparse.Namespace, work: Path) -> int:
    corpus = work / "corpus.jsonl"
    n_chars = round(options.millions * 1e6)
    n_bytes = make_corpus(options.folder, n_chars, corpus)
    print(f"{n_chars / 1e6:,.1f} M characters, {n_bytes / 1e6:,.1f} MB", flush=True)
    command = [
        sys.executable, "-m", "smallprint", "render", "--corpus", str(corpus), "--style", options.style,
        "--format", options.format, "--shard-mb", options.shard_mb, "--json", "--out",
    ]  # fmt: skip

    cpu_s = children_s()
    found = measure_memory(corpus, options.style)
    assert found["chars"] == n_chars
    tell("memory", found["s"], children_s() - cpu_s, n_chars, found["pages"], found["bytes"])

    whole, killed = work / "whole", work / "killed"
    cpu_s = children_s()
    whole_s, peak_mib, said = run([*command, str(whole)])
    assert said, "the run that was left alone has said nothing"
    counts = said["counts"]
    assert (counts["chars"], counts["pages"], counts["failed"]) == (n_chars, found["pages"], 0), counts
    tell("shards", whole_s, children_s() - cpu_s, n_chars, counts["pages"], counts["file_bytes"])
    print(
        f"  {said['n_shards']:,} shards in {counts['files']:,} files; peak memory of all processes {peak_mib:,.0f} MiB"
    )
    began_s = time.process_time()
    copy_s = measure_copy(whole, work / "copy")
    tell("copy", copy_s, time.process_time() - began_s, n_chars, counts["pages"], counts["file_bytes"])

    chance = random.Random(options.seed)
    spent_s, n_kills, kept = 0.0, 0, 0
    while True:
        # A run that is killed takes up to a half of one that is not: ten of them come far into the corpus, and not to its end too soon.
        wait_s = chance.uniform(0, whole_s / 2) if n_kills < options.kills else None
        seconds, _, said = run([*command, str(killed)], wait_s)
        spent_s += seconds
        if said:
            kept = said["n_kept"]
            if n_kills == options.kills:
                break
            # It ended before it was to be killed: the rest of the kills begin anew.
            print(
                f"  ended after {n_kills} kills: {'the same' if same(whole, killed) else 'DIFFERENT'}; begun anew",
                flush=True,
            )
            if not same(whole, killed):
                return 1
            shutil.rmtree(killed)
        else:
            n_kills += 1
    equal = same(whole, killed)
    print(
        f"killed {n_kills} times, {spent_s:.1f} s in all, {kept} shards kept by the last run: "
        f"{'byte for byte the same' if equal else 'DIFFERENT'}"
    )
    return 0 if equal else 1


def tell(what: str, seconds: float, cpu_s: float, n_chars: int, n_pages: float, n_bytes: float) -> None:
    print(
        f"{what:8} {seconds:6.1f} s ({cpu_s:.1f} s of processors), {n_chars / seconds / 1e6:5.2f} M characters/s, {n_pages:,.0f} pages, "
        f"{n_pages / seconds:,.0f} pages/s, {n_bytes / 2**20:,.0f} MiB, {n_bytes / 2**20 / seconds:,.0f} MiB/s",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
