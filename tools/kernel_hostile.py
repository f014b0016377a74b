"""Calls of the kernel's functions with arguments of the wrong size: each must return or raise, and never touch memory that is not its own.

    python tools/kernel_hostile.py --kernel _kernel.abi3.so

The calls are those that a page makes, taken down as it makes them; then one argument after another is changed. What the arrays hold is not
tried: `smallprint.render.kernel` is the only caller, and `module.c` checks sizes, not numbers.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kernel_fuzz import load
from smallprint.render import Style, kernel, render
from smallprint.render.unicode import line_breaks, words

Call = tuple[str, tuple[Any, ...]]
"""A function's name and its arguments."""
ALLOWED = (ValueError, TypeError, OverflowError, MemoryError, BufferError)
UNCHECKED = {("paint", "levels")}
"""The entries say where glyphs lie in the levels; the atlas hands out both together, and checking each glyph again would cost time."""
NUMBERS = (-(1 << 63), -(1 << 31), -1, 0, 1, 7, (1 << 31) - 1, (1 << 32) - 1, (1 << 63) - 1)


class Listener:
    """A module whose calls are taken down."""

    def __init__(self, module: Any) -> None:
        self._module = module
        self.calls: list[Call] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(self._module, name)

        def call(*arguments: Any) -> Any:
            self.calls.append((name, tuple(map(copied, arguments))))
            return function(*arguments)

        return call


def names_of(function: Any) -> list[str]:
    """The arguments that its documentation names."""
    found = re.match(r"\w+\((.*?)\)", function.__doc__)
    assert found
    return found[1].split(", ") if found[1] else []


def copied(argument: Any) -> Any:
    return argument.copy() if isinstance(argument, np.ndarray | bytearray) else argument


def calls(module: Any) -> list[Call]:
    """One call, or a few, of each function."""
    listener = Listener(module)
    kernel.module = listener
    keys = {"page-size": "120,60", "alignment": "JUSTIFY", "para-bg-color": "#FFF8E0", "border-width": 1, "columns": 2}
    for newline in ("<br/>", '<font color="#FF0000">↵</font>'):
        style = Style.preset("code").with_keys({**keys, "newline-markup": newline})
        for page in render("Some words\tand 字\n\x07 " * 9, style):
            page.png()
            page._press.scanlines(page._laid)
            page.char_boxes()
            assert page.pixels.size
        # An atlas keeps its words, and so the module that it was made with: another size of letters makes another.
        for page in render("سلام 12 हिन्दी ไทย 👍🏽\n" * 3, style.with_keys({"font-size": 9.5})):
            page.char_boxes()
            assert page.pixels.size
    kernel.deflate(bytes(1000), page._press.code)
    thai = np.array([0x0E01, 0x0E32, 0x20, 0x61], np.uint32)
    line_breaks.opportunities(thai)
    line_breaks.opportunities(thai, clusters=False)
    words.starts(thai)
    kernel.module = module
    # The first and the last of each kind and form: with and without colours, with and without an output.
    found = {(name, *map(type, arguments)): (name, arguments) for name, arguments in reversed(listener.calls)}
    found |= {(name, *map(type, arguments), 1): (name, arguments) for name, arguments in listener.calls}
    return list(found.values())


def changes(argument: Any) -> Iterator[tuple[str, Any]]:
    """Other values in the place of an argument, and what to call them."""
    if isinstance(argument, bool):
        return
    if isinstance(argument, int):
        yield from ((str(number), number) for number in NUMBERS if number != argument)
    elif isinstance(argument, str):
        yield from (("shorter", argument[:-1]), ("longer", argument + "\U0010ffff"), ("empty", ""))
    elif isinstance(argument, np.ndarray | bytes | bytearray):
        flat = (
            np.frombuffer(argument, np.uint8)
            if not isinstance(argument, np.ndarray)
            else argument.reshape(-1).view(np.uint8)
        )
        n = len(flat)
        for n_bytes in sorted({0, 1, 3, 8, n // 2, n - 8, n - 4, n - 1, n + 1, n + 4, n + 8, n + 72, 2 * n} - {n}):
            if n_bytes >= 0:
                # A block of exactly that size, so that its end is watched; numbers that repeat are numbers that occur.
                yield f"{n_bytes} bytes instead of {n}", bytearray(np.resize(flat, n_bytes).tobytes())
        yield "None", None
        yield "read-only", bytes(flat)
    elif argument is None:
        yield "an empty one", b""
        yield "one", bytearray(100)


def survives(work: Callable[[], None]) -> bool:
    """Whether a child process gets through some work. What it says goes to stderr."""
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def refused_or_done(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    with suppress(*ALLOWED):
        function(*map(copied, arguments))


def hostile(module: Any, made: list[Call]) -> list[str]:
    """What failed of the calls with one argument changed."""
    failed: list[str] = []
    n = 0
    for name, arguments in made:
        function = getattr(module, name)
        tried = [
            (f"{name}, {role}: {told}", (*arguments[:place], other, *arguments[place + 1 :]))
            for place, (role, argument) in enumerate(zip(names_of(function), arguments, strict=True))
            if (name, role) not in UNCHECKED
            for told, other in changes(argument)
        ]
        n += len(tried)

        def work(function: Any = function, tried: Any = tried) -> None:
            for _, changed in tried:
                refused_or_done(function, changed)

        # A process for each would take most of the time.
        if not survives(work):
            for told, changed in tried:
                if not survives(partial(refused_or_done, function, changed)):
                    failed.append(told)
                    print(f"^ {told}", file=sys.stderr)
    print(f"{n} calls with a wrong argument, {len(failed)} that failed", file=sys.stderr)
    return failed


def leaks(module: Any, made: list[Call]) -> list[str]:
    """Functions that leave memory behind, whether they return or refuse. Only the sanitizer's allocator can tell."""
    try:
        allocated = ctypes.CDLL(None).__sanitizer_get_current_allocated_bytes
    except AttributeError:
        return []
    allocated.restype = ctypes.c_size_t
    failed: list[str] = []
    for name, arguments in made:
        for told, changed in ((name, arguments), (f"{name}, refused", (*arguments[:-1], b""))):
            work = partial(refused_or_done, getattr(module, name), changed)
            sizes: list[int] = []
            for _ in range(3):
                for _ in range(20):
                    work()
                gc.collect()
                sizes.append(allocated())
            if sizes[2] - sizes[1] > 1000:
                failed.append(f"{told}: {sizes[2] - sizes[1]} bytes left behind by 20 calls")
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", type=Path, required=True, help="the extension to try")
    parser.add_argument("--plain", action="store_true", help="without the instructions that are asked for at run time")
    given = parser.parse_args()
    module = load(given.kernel, plain=given.plain)
    made = calls(module)
    failed = hostile(module, made) + leaks(module, made)
    for told in failed:
        print(told, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
