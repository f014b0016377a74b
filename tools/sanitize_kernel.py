"""The kernel under AddressSanitizer and UndefinedBehaviorSanitizer, with random texts and with calls of the wrong sizes.

    python tools/sanitize_kernel.py                    # 100,000 texts
    python tools/sanitize_kernel.py --texts 2000       # a quick look
    python tools/sanitize_kernel.py --plain            # what processors without SSE2, AVX2 and the rest run
    python tools/sanitize_kernel.py --seed 0 --case 41 # one text again

Needs gcc, and the package with what it depends on in the Python that runs this. A text that fails is written, with its style and how to
play it again, to ``build/sanitize-failure.txt``; the exit code is then 1. What is tried is in `kernel_fuzz.py` and `kernel_hostile.py`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOLS = Path(__file__).parent
FLAGS = ("-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
STRICT = ("-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-Wno-cast-function-type")
OPTIONS = {
    # The interpreter keeps what it allocates to its end, on purpose; `kernel_hostile.py` looks for leaks of the kernel.
    "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    # Python's own allocator hands out parts of large blocks, past whose ends the sanitizer cannot see.
    "PYTHONMALLOC": "malloc",
    "SMALLPRINT_KERNEL": "off",  # the programs load the kernel that is named to them
}


def build(folder: Path, *, plain: bool) -> Path:
    """The extension of pyproject.toml, compiled to watch itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (extension,) = project["tool"]["setuptools"]["ext-modules"]
    path = folder / "_kernel.abi3.so"
    macros = [f"-D{name}={value}" for name, value in extension["define-macros"]]
    command = ["gcc", "-std=c11", "-shared", "-fPIC", *FLAGS, *STRICT, *macros, *(["-U__SSE2__"] if plain else [])]
    command += [f"-I{sysconfig.get_path('include')}", *(str(ROOT / source) for source in extension["sources"])]
    subprocess.run([*command, "-o", str(path)], check=True)
    return path


def run(program: str, arguments: list[str]) -> int:
    runtime = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True).stdout
    done = subprocess.run(
        [sys.executable, str(TOOLS / program), *arguments],
        env={**os.environ, **OPTIONS, "LD_PRELOAD": runtime.strip()},
        check=False,
    )
    return done.returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    parser.add_argument("--case", type=int, help="this one alone")
    parser.add_argument("--plain", action="store_true", help="compile and run what needs no special processor")
    parser.add_argument("--failure", type=Path, default=ROOT / "build" / "sanitize-failure.txt")
    given = parser.parse_args()
    given.failure.parent.mkdir(parents=True, exist_ok=True)
    given.failure.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kernel = ["--kernel", str(build(folder, plain=given.plain)), *(["--plain"] if given.plain else [])]
        if run("kernel_hostile.py", kernel):
            print("failed: kernel_hostile.py; see above", file=sys.stderr)
            return 1
        at = folder / "case"
        texts = [
            "--seed",
            str(given.seed),
            "--texts",
            str(given.texts),
            "--at",
            str(at),
            "--failure",
            str(given.failure),
        ]
        if not run(
            "kernel_fuzz.py", [*kernel, *texts, *(["--case", str(given.case)] if given.case is not None else [])]
        ):
            print("nothing found", file=sys.stderr)
            return 0
        if not given.failure.exists() and at.exists():
            # The process is gone with its case; the number of it is left.
            from kernel_fuzz import story

            told = story(given.seed, int(at.read_bytes()), "the process ended; the sanitizer's words are above")
            given.failure.write_text(told, encoding="utf-8")
        print(f"failed: see {given.failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
