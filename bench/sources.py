"""What the other scripts here are given to read: text files, gzipped or not, and files of XQuAD."""

from __future__ import annotations

import gzip
import json
from pathlib import Path


def text_of(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")


def paragraphs(path: Path) -> list[str]:
    """The contexts of a file of XQuAD (xquad.LANGUAGE.json or .json.gz), in its order."""
    return [
        paragraph["context"] for article in json.loads(text_of(path))["data"] for paragraph in article["paragraphs"]
    ]
