"""Text that nobody can guess: hex, UUIDs, numbers, identifiers, random words and letters of every script that the reader knows.

In: a random number generator. Out: lines of text. A reader that is right on these has read, not guessed.
"""

from __future__ import annotations

import base64
import string
from collections.abc import Callable
from random import Random

from smallprint.readers.sight.alphabet import ALPHABET
from smallprint.readers.sight.ideographs import IDEOGRAPHS

_LATIN = "".join(char for char in ALPHABET if char.isalpha() and ord(char) < 0x250)
_GREEK = "".join(char for char in ALPHABET if "\u0370" <= char <= "\u03ff")
_CYRILLIC = "".join(char for char in ALPHABET if "\u0400" <= char <= "\u04ff")
_VIETNAMESE = "".join(char for char in ALPHABET if "\u1e00" <= char <= "\u1eff") + string.ascii_lowercase
_VISIBLE = ALPHABET[2:]
_KNOWN = frozenset(ALPHABET)
_HAN = "".join(char for char in IDEOGRAPHS if char.isalpha() and char < "\uff00")
_HAN_MARKS = "".join(char for char in IDEOGRAPHS if not char.isalnum()) + "“”‘’…—·"
_OFTEN_MARKS = "，。、：；！？“”"
_OTHER_HAN = "".join(char for char in map(chr, range(0x4E00, 0x9FA6)) if char not in frozenset(_HAN))
_STRANGE = 0.02
"""Share of ideographs that are not in the alphabet: to be read as unknown."""


def hexadecimal(random: Random) -> str:
    digits = f"{random.getrandbits(4 * (n := random.choice((4, 6, 8, 12, 16, 32, 40, 64)))):0{n}x}"
    return digits.upper() if random.random() < 0.3 else digits


def uuid(random: Random) -> str:
    digits = f"{random.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def base_64(random: Random) -> str:
    return base64.b64encode(random.randbytes(random.randint(3, 45))).decode()


def alphanumeric(random: Random) -> str:
    return "".join(random.choices(string.ascii_letters + string.digits, k=random.randint(4, 24)))


def number(random: Random) -> str:
    kind = random.randrange(5)
    if kind == 0:
        return str(random.randrange(10 ** random.randint(1, 15)))
    if kind == 1:
        return f"{random.randrange(10 ** random.randint(3, 10)):,}.{random.randrange(100):02}"
    if kind == 2:
        return f"{random.uniform(-1, 1) * 10 ** random.randint(-6, 8):.{random.randint(1, 6)}{random.choice('feg')}}"
    if kind == 3:
        return f"{random.randint(1800, 2100)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    return f"{random.randrange(24):02}:{random.randrange(60):02}:{random.randrange(60):02}.{random.randrange(1000):03}"


def word(random: Random, letters: str = string.ascii_lowercase, *, most: int = 12) -> str:
    made = "".join(random.choices(letters, k=random.randint(1, most)))
    cased = random.choice((str.lower, str.lower, str.lower, str.title, str.upper))(made)
    # A few letters have no other case, or one that the reader does not know.
    return cased if _KNOWN.issuperset(cased) else made


def identifier(random: Random) -> str:
    parts = [word(random, most=7).lower() for _ in range(random.randint(1, 4))]
    kind = random.randrange(5)
    if kind == 0:
        return "_".join(parts)
    if kind == 1:
        return parts[0] + "".join(part.title() for part in parts[1:])
    if kind == 2:
        return "_".join(parts).upper()
    if kind == 3:
        return "/" + "/".join(parts) + random.choice((".py", ".txt", ".json", "/", ""))
    return ".".join(parts) + random.choice(("()", "[0]", "", "@example.org", ":8080"))


def letters(random: Random) -> str:
    """Words of one script's letters in no order."""
    alphabet = random.choice((_LATIN, _GREEK, _CYRILLIC, _VIETNAMESE, string.ascii_letters, string.ascii_letters))
    return " ".join(word(random, alphabet) for _ in range(random.randint(2, 8)))


def soup(random: Random) -> str:
    """Any characters of the alphabet, punctuation above all."""
    pool = string.punctuation + string.digits if random.random() < 0.6 else _VISIBLE
    return " ".join("".join(random.choices(pool, k=random.randint(1, 9))) for _ in range(random.randint(1, 8)))


def confusable(random: Random) -> str:
    """What looks alike, side by side."""
    pool = random.choice(("Il1|!i", "O0oQD", "B8S5Z2", "rnmvvwu", ".,:;'`", "({[]})", "-–—_", "cCeoOuvUV", "gq9y"))
    return "".join(random.choices(pool + random.choice(string.ascii_letters + " "), k=random.randint(3, 16)))


def quoted(random: Random, inner: str) -> str:
    """`inner` between marks of Markdown, of code, or of one of the languages."""
    left, right = random.choice(_PAIRS)
    return f"{left}{inner}{right}"


def markup(random: Random) -> str:
    """A piece of Markdown."""
    name = identifier(random) if random.random() < 0.5 else word(random)
    kind = random.randrange(8)
    if kind == 0:
        return f"[{name}](https://{identifier(random).lower()}/{word(random)})"
    if kind == 1:
        return f"{'#' * random.randint(1, 4)} {word(random)} {quoted(random, name)}"
    if kind == 2:
        return f"{random.choice('-*+')} {quoted(random, name)}: {word(random)}"
    if kind == 3:
        return f"```{random.choice(('python', 'sh', 'json', 'pycon', ''))} {name} ```"
    if kind == 4:
        return "| " + " | ".join(quoted(random, word(random)) for _ in range(random.randint(2, 4))) + " |"
    return " ".join(
        f"`{quoted(random, word(random)) if random.random() < 0.3 else name}`" for _ in range(random.randint(1, 3))
    )


_PAIRS = (
    ("`", "`"), ("`", "`"), ("``", "``"), ("'", "'"), ('"', '"'), ("(", ")"), ("[", "]"), ("{", "}"), ("<", ">"), ("{{", "}}"),
    ("**", "**"), ("_", "_"), ("__", "__"), ("~~", "~~"), ("f'{", "}'"), ("{'", "':"), ("“", "”"), ("‘", "’"),
    ("„", "“"), ("«", "»"), ("(`", "`)"), ("=", ","),
)  # fmt: skip

KINDS: tuple[Callable[[Random], str], ...] = (
    hexadecimal, uuid, base_64, alphanumeric, alphanumeric, number, number, identifier, identifier, letters, letters, letters, soup,
    confusable, confusable, markup, markup
)  # fmt: skip


def unguessable(random: Random, n_chars: int) -> str:
    """At least `n_chars` characters: runs of strings of one kind, set apart by spaces, commas or newlines."""
    pieces: list[str] = []
    length = 0
    while length < n_chars:
        kind, gap = random.choice(KINDS), random.choice((" ", " ", ", ", "\n", " | ", "; "))
        run = gap.join(kind(random) for _ in range(random.randint(1, 40))) + random.choice((" ", "\n"))
        pieces.append(run)
        length += len(run)
    return "".join(pieces)


def unguessable_han(random: Random, n_chars: int) -> str:
    """At least `n_chars` characters: Chinese ones in no order, each as likely as any other, between marks, and now and then other
    strings."""
    pieces: list[str] = []
    length = 0
    while length < n_chars:
        kind = random.random()
        if kind < 0.04:
            run = random.choice(KINDS)(random) + random.choice(("", " ", "\n"))
        elif kind < 0.07:
            run = "".join(random.choices(IDEOGRAPHS, k=random.randint(2, 20)))
        elif kind < 0.10:
            run = "".join(random.choices(_HAN_MARKS, k=random.randint(1, 4)))
        else:
            chars = random.choices(_HAN, k=random.randint(1, 40))
            chars = [random.choice(_OTHER_HAN) if random.random() < _STRANGE else char for char in chars]
            run = "".join(chars) + random.choice((*_OFTEN_MARKS, "", "", " ", "\n", "　"))
        pieces.append(run)
        length += len(run)
    return "".join(pieces)


def with_inserts(random: Random, text: str) -> str:
    """`text` with a few such strings between its words, and a few of its words between marks."""
    words = text.split(" ")
    for _ in range(max(1, len(words) // 40)):
        words.insert(random.randrange(len(words) + 1), random.choice(KINDS)(random))
        at = random.randrange(len(words))
        words[at] = quoted(random, words[at])
    return " ".join(words)
