"""The database of a study: a SQLite file, or one of a server.

In: a path or an address. Out: Optuna's storage over it, opened so that a kill leaves each transaction whole or not there at all. Errors of
databases are `StoreError`s. Knows no trials.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from smallprint.errors import DataError, StoreError
from smallprint.search.locks import locked

if TYPE_CHECKING:
    from optuna.storages import RDBStorage
    from sqlalchemy.engine import Connection

WAIT_S = 30.0
"""For other workers: a thousand times what any of them needs to write a trial."""
PAUSE_S = 0.05
"""Between two tries to get what another worker has."""
_TRIES = 20
"""To make a server's tables: workers that make them at the same time fail at each other's, a dozen in all."""
_TABLES = ("studies", "study_", "trial", "version_info", "alembic_version")
"""How the names of Optuna's tables begin (5.0.0, storages/_rdb/models.py)."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A SQLite file, or a database of a server."""

    shown: str
    """As errors name it, without a password."""
    path: Path | None = None
    url: str = ""

    @classmethod
    def of(cls, where: str) -> Place:
        """Of a path, or of an address that has `://`. Raises `DataError` for what is neither."""
        if "://" not in where:
            return cls(shown=where, path=Path(where).absolute())
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(where)
        except ArgumentError:
            scheme = where.partition("://")[0]
            raise DataError(
                f"study: {scheme}://... is no database's address; it is like postgresql://me@host/name"
            ) from None
        if url.get_backend_name() != "sqlite":
            return cls(shown=url.render_as_string(hide_password=True), url=where)
        if url.database in (None, "", ":memory:"):
            raise DataError(f"study: {where} is kept in memory; give the path of a file")
        return cls(shown=str(url.database), path=Path(str(url.database)).absolute())


def database(place: Place, *, write: bool) -> RDBStorage:
    """Opens it, and makes what is missing of it if `write`. Raises `DataError` for a database of another application, `StoreError` for what
    cannot be opened."""
    # It says at length what our errors say in a line.
    logging.getLogger("optuna.storages._rdb.storage").setLevel(logging.CRITICAL)
    with telling(place.shown):
        return _server(place, write=write) if place.path is None else _file(place.path, place.shown, write=write)


@contextmanager
def telling(shown: str) -> Generator[None]:
    """Errors of databases as `StoreError`s."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (StorageInternalError, SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(f"{shown}: {cause(error)}") from None
    except OSError as error:
        raise StoreError(f"{shown}: {error.strerror or error}") from None
    except ImportError as error:
        raise StoreError(f"{shown}: the driver of this database is not installed ({error})") from None
    except (KeyError, RuntimeError) as error:
        # A study that somebody deleted; tables of another version of Optuna.
        raise StoreError(f"{shown}: {error.args[0] if error.args else error}") from None


def cause(error: BaseException) -> str:
    """What the database itself said, in a line."""
    while inner := getattr(error, "orig", None) or error.__cause__:
        error = inner
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"another process has locked it for more than {WAIT_S:g} s" if said == "database is locked" else said


def file_lock(path: Path) -> AbstractContextManager[None]:
    """Of a SQLite file, for all processes of this program."""
    return locked(path.with_name(f"{path.name}.lock"), WAIT_S)


def _file(path: Path, shown: str, *, write: bool) -> RDBStorage:
    """A SQLite file's storage."""
    from sqlalchemy import event

    if path.is_dir():
        raise StoreError(f"{shown}: a folder; a study is a file")
    if not path.parent.is_dir():
        raise StoreError(f"{shown}: there is no folder {path.parent}")
    if path.exists():
        # Before there is a lock file beside somebody else's database.
        _is_optuna(shown, _tables(path, "rw"), whole=not write)
    elif not write:
        raise StoreError(f"{shown}: there is no such file")
    with file_lock(path) if write else nullcontext():
        tables = _tables(path, "rwc" if write else "rw")
        _is_optuna(shown, tables, whole=not write)
        if not tables:
            # Waiting for the disk after each table takes most of a second; the first commit of a trial waits for all of them.
            _storage(path, "PRAGMA synchronous = OFF").engine.dispose()
        base = _storage(path)

    def begin(connection: Connection) -> None:
        # Optuna reads a trial's state and then sets it. SQLite has no row that could be locked in between, so the transaction takes the
        # lock for writing when it begins, and of two workers that claim a trial one is told that it is taken.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    event.listen(base.engine, "begin", begin)
    return base


def _storage(path: Path, setting: str = "") -> RDBStorage:
    from optuna.storages import RDBStorage
    from sqlalchemy.pool import NullPool

    def connect() -> sqlite3.Connection:
        connection = _connect(path, "rw")
        connection.execute(setting)
        return connection

    # A connection for each transaction: none goes to a forked process or to another thread. The journal stays SQLite's default: with a
    # write-ahead log a study would be three files, and none that hosts could share.
    return RDBStorage("sqlite://", engine_kwargs={"creator": connect, "poolclass": NullPool})


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """`mode` is rw, which makes no file, or rwc. Transactions begin where we say so."""
    address = f"file:{quote(os.fsencode(path))}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=WAIT_S, isolation_level=None, check_same_thread=False)


def _tables(path: Path, mode: str) -> set[str]:
    with closing(_connect(path, mode)) as connection:
        return {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _is_optuna(shown: str, tables: set[str], *, whole: bool) -> None:
    """Raises `DataError` for tables that are not Optuna's; those of a file that was being made when its worker was killed are, unless it is
    to be `whole`."""
    if {"studies", "version_info"} <= tables:
        return
    if whole or not all(name.startswith(_TABLES) for name in tables):
        has = f"it has {', '.join(sorted(tables)[:3])}" if tables else "it is empty"
        raise DataError(f"{shown}: not a database of studies: {has}")


def _server(place: Place, *, write: bool) -> RDBStorage:
    """A server's storage. Its database may have other tables besides."""
    from optuna.storages import RDBStorage
    from sqlalchemy import create_engine, inspect
    from sqlalchemy.exc import IntegrityError, ProgrammingError
    from sqlalchemy.pool import NullPool

    if not write:
        _is_optuna(
            place.shown, set(inspect(create_engine(place.url, poolclass=NullPool)).get_table_names()), whole=True
        )
    # Optuna fills braces in.
    url = place.url.replace("{", "{{").replace("}", "}}")
    for _ in range(_TRIES):
        with suppress(IntegrityError, ProgrammingError):
            return RDBStorage(url, engine_kwargs={"poolclass": NullPool})
        time.sleep(PAUSE_S)
    return RDBStorage(url, engine_kwargs={"poolclass": NullPool})
