"""A code base as files and what they define.

In: a folder, a text with a line above each file, or none for the one that ships. Out: `CodeBase`: its files in order, and the definitions,
parameters and calls of its Python, by name. Knows no questions. Python that does not parse is text like the rest.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from smallprint.errors import DataError, StoreError, TextError
from smallprint.evals.tasks import shipped

SHIPPED = "httpx_py_md.txt"
_HEAD = re.compile(r"^===== (?:FILE: )?(\S.*?) =====$", re.MULTILINE)
HEAD_LIKE = re.compile(r"={3,}[ \t]*F[Il1]LE\b")
"""What may be taken for the line above a file. A file that has one in it would be shown as two, and is left out."""
_TAKEN = frozenset({".py", ".pyi", ".md", ".rst", ".txt", ".toml", ".cfg"})
"""Of a folder: code and what explains it."""


@dataclass(frozen=True)
class CodeFile:
    path: str
    text: str

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @property
    def shown(self) -> str:
        """As it stands in a context."""
        return f"===== FILE: {self.path} =====\n{self.text.rstrip()}\n\n"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One `def` or `class`."""

    name: str
    file: str
    is_class: bool
    parameters: tuple[str, ...]
    """Names alone, in order, without `self` and `cls`; of a class none."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of `name(...)` or `something.name(...)`."""

    name: str
    file: str
    caller: str | None
    """The innermost function that it stands in; None outside of all."""


class CodeBase:
    def __init__(self, name: str, files: Sequence[CodeFile]) -> None:
        self.name = name
        self.files = tuple(file for file in files if not HEAD_LIKE.search(file.text))
        self.definitions: list[Definition] = []
        self.calls: list[Call] = []
        self.assigned: set[str] = set()
        """Names that something else than a `def` or `class` gives a value to."""
        for file in self.files:
            if file.is_python and (tree := _tree(file.text)):
                _Visitor(self, file.path).visit(tree)

    @cached_property
    def text(self) -> str:
        """All of it."""
        return "".join(file.shown for file in self.files)


@lru_cache(maxsize=2)
def code_base(data: str | None) -> CodeBase:
    """Raises `DataError` for what cannot be read or has no Python."""
    if data is None:
        base = CodeBase(SHIPPED, _parted(shipped.text(SHIPPED)))
    else:
        path = Path(data).expanduser()
        try:
            files = _in_folder(path) if path.is_dir() else _parted(path.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError, StoreError, TextError) as error:
            raise DataError(f"data: {data}: a folder of code, or a text with its files, is needed ({error})") from None
        base = CodeBase(path.name, files)
    if not base.definitions:
        raise DataError(f"data: {base.name} has no Python that defines something")
    return base


def _in_folder(folder: Path) -> list[CodeFile]:
    from smallprint.render.inputs import JoinedSource, open_source

    source = open_source([str(folder)])
    assert isinstance(source, JoinedSource)
    return [
        CodeFile(part.path, source.text[slice(*part.span)])
        for part in source.parts
        if Path(part.path).suffix in _TAKEN and part.span[0] < part.span[1]
    ]


def _parted(text: str) -> list[CodeFile]:
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        CodeFile(head[1], body)
        for head, end in zip(heads, ends, strict=True)
        if (body := text[head.end() : end].strip("\n"))
    ]


def _tree(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            # What a file's own strings escape wrongly is not ours to say.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Visitor(ast.NodeVisitor):
    """Decorators, defaults and annotations stand outside of the function that they belong to."""

    def __init__(self, base: CodeBase, file: str) -> None:
        self._base = base
        self._file = file
        self._caller: str | None = None

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        arguments = node.args
        for outside in (*node.decorator_list, arguments, *filter(None, [node.returns])):
            self.visit(outside)
        every = (*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg)
        names = tuple(each.arg for each in every if each and each.arg not in ("self", "cls"))
        self._base.definitions.append(Definition(name=node.name, file=self._file, is_class=False, parameters=names))
        outer, self._caller = self._caller, node.name
        for inner in node.body:
            self.visit(inner)
        self._caller = outer

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._base.definitions.append(Definition(name=node.name, file=self._file, is_class=True, parameters=()))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func
        name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else None
        if name:
            self._base.calls.append(Call(name=name, file=self._file, caller=self._caller))
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._base.assigned.add(node.id)
