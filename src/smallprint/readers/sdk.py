"""The boundary to libraries that are installed on request.

In: a module's name and the extra that brings it. Out: the module, as `Any`: what comes from it is narrowed where it is read. Knows no API.
"""

from __future__ import annotations

import importlib
import os
from typing import Any
from urllib.parse import urlsplit

from smallprint.errors import ReaderError
from smallprint.readers.retry import NoAccess


def load(module: str, *, extra: str, needed_by: str) -> Any:
    """Imports `module` now. Raises `ReaderError` that names the extra when it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ReaderError(
            f'{needed_by}: cannot import {module} ({error}); install it with: pip install "smallprint[{extra}]"'
        ) from error


def check_url(url: str | None) -> None:
    """Raises `ReaderError` for a base URL that cannot be one."""
    if url is None:
        return
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise ReaderError(f"base_url: {url!r} is not a URL; allowed: http://host:port/path or https://...")


def is_loopback(url: str | None) -> bool:
    """Whether a URL points at this machine."""
    host = urlsplit(url or "").hostname or ""
    return host in ("localhost", "::1", "0.0.0.0") or host.startswith("127.")


def key_from(env: tuple[str, ...], *, needed_by: str, base_url: str | None) -> str:
    """The key from the first environment variable that is set; a placeholder for a server on this machine.

    Raises `NoAccess` (an `Unavailable`) that names the variables.
    """
    for name in env:
        value = os.environ.get(name, "").strip()
        if value and not (value.isascii() and value.isprintable()):
            raise NoAccess(f"{needed_by}: the environment variable {name} holds characters that no key has")
        if value:
            return value
    if is_loopback(base_url):
        return "none"
    hint = f" (any value if {base_url} asks for none)" if base_url else ""
    raise NoAccess(f"{needed_by}: no key: set the environment variable {' or '.join(env)}{hint}")
