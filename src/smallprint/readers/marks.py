"""What pages show in place of line ends and of the white space behind them, told to a model and taken back out of what was read.

In: a style, or its marks and text that was read. Out: a note for the model; the text with white space where the marks were, as long as
before, so that places stay. How many spaces a mark stands for is not counted here: `smallprint.render.indents.restored` does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smallprint.render.style_keys import INDENT_MARKS

if TYPE_CHECKING:
    from smallprint.render import Style


def mark_note(style: Style | None) -> str:
    """What the pages' marks are; empty where lines break."""
    if style is None or not style.shown_newline:
        return ""
    note = f"The mark {style.shown_newline} stands for a line break."
    if not style.indent_mark:
        return note
    space, tab = INDENT_MARKS
    n = style.indent_width
    return (
        f"{note} At the start of a line {style.indent_mark} stands for {n} space{'s' * (n > 1)}, "
        f"{space} for one space and {tab} for a tab."
    )


def unmarked(text: str, newline_mark: str, indent_mark: str = "") -> str:
    """Text that was read, with white space in place of marks, character for character."""
    if not newline_mark:
        return text
    text = text.replace(newline_mark, "\n".ljust(len(newline_mark)))
    if not indent_mark:
        return text
    run = re.compile(rf"(?:^|(?<=\n))( *)([{re.escape(indent_mark + INDENT_MARKS)}]+)")
    return run.sub(lambda found: found[1] + " " * len(found[2]), text)
