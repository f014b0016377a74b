"""Chinese words, as jieba cuts them.

In: a text. Out: its words in order, white space and punctuation among them; joined they are the text. Knows no metric.
"""

from __future__ import annotations

import warnings
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from smallprint.errors import DataError

if TYPE_CHECKING:
    import jieba


def need_jieba() -> None:
    """Raises `DataError` where jieba is not installed: better before a model is asked than after."""
    if find_spec("jieba") is None:
        raise DataError('jieba, which cuts Chinese into words, is missing: pip install "smallprint[eval]"')


def words(text: str) -> list[str]:
    """What `jieba.cut(text, cut_all=False)` gives with its own dictionary. Raises `DataError` where jieba is not installed."""
    return list(_tokenizer().cut(text, cut_all=False))


@cache
def _tokenizer() -> jieba.Tokenizer:
    """With the dictionary in it, half a second of work.

    jieba's own way to load it tells of it on stderr, and runs what lies as `jieba.cache` in the folder of temporary files, where anyone may
    have put it, through `marshal`. Words that others add to jieba's global tokenizer do not count here.
    """
    need_jieba()
    with warnings.catch_warnings():
        # jieba 0.42.1 has escapes that Python warns of, and imports pkg_resources where there is one.
        warnings.simplefilter("ignore")
        import jieba

        tokenizer = jieba.Tokenizer()
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer
