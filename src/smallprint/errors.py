"""The one error tree.

SmallprintError
├── StyleError      a page style that cannot be: unknown key, value out of range, page too small for a glyph
├── TextError       text that cannot be taken: empty, binary, not UTF-8
├── FontError       a face that cannot be read
├── TokenError      an unknown model family or tokenizer
├── ReaderError     a model that did not answer
│   ├── Refused         it declined to answer
│   ├── Unavailable     no key, no connection, time-out, overload, cut stream: trying again may help
│   ├── TooLarge        the request is over the provider's limits, with the numbers
│   └── BadReply        an answer that is not of the protocol's form
├── StoreError      a file or folder that cannot be written or read back
└── DataError       a data set or table that is not as it should be

Every message names the key or file, the value, and what is allowed. The command line prints the message as one line and exits with 2.
"""

from __future__ import annotations


class SmallprintError(Exception):
    """Root of all errors that this package raises on purpose."""


class StyleError(SmallprintError):
    """A page style that cannot be."""


class TextError(SmallprintError):
    """Text that cannot be taken."""


class FontError(SmallprintError):
    """A face that cannot be read."""


class TokenError(SmallprintError):
    """An unknown model family or tokenizer."""


class ReaderError(SmallprintError):
    """A model that did not answer."""


class Refused(ReaderError):
    """The model, or its provider, declined to answer."""


class Unavailable(ReaderError):
    """No key, no connection, a time-out, an overload or a cut stream; trying again may help.

    ``retry_after_s`` is what the server asked for, where it did.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TooLarge(ReaderError):
    """The request is over the provider's limits."""


class BadReply(ReaderError):
    """The reply is not of the protocol's form, or empty.

    ``finish`` says how the answer ended where it ended as the protocol has it, without a word.
    """

    def __init__(self, message: str, *, finish: str | None = None) -> None:
        super().__init__(message)
        self.finish = finish


class StoreError(SmallprintError):
    """A file or folder that cannot be written or read back."""


class DataError(SmallprintError):
    """A data set or table that is not as it should be."""
