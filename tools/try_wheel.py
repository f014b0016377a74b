"""An installed package draws pages, by the kernel and by the reference alike. What is tried of every wheel that is built.

python tools/try_wheel.py            # the kernel must be there
python tools/try_wheel.py --without  # it must not
"""

from __future__ import annotations

import sys

from smallprint.render import Style, kernel, preset_names, render
from smallprint.tokens import __file__ as tokens_file  # the other half of the package is there too

TEXT = (
    "There was no possibility of taking a walk that day.\n\tdef walk(day): …  # “day”\r\n非常道。 \U0001f3af\x07 " * 40
)


def drawn(style: Style) -> list[object]:
    pages = render(TEXT, style)
    found: list[object] = [(page.span, page.sha256, page.png()) for page in pages]
    return [*found, pages.report.drawn, pages.report.folded]


def main() -> int:
    module = kernel.module
    print(sys.version.split()[0], "kernel:", getattr(module, "__file__", None), tokens_file)
    if (module is None) != ("--without" in sys.argv[1:]):
        return 1
    for name in preset_names():
        style = Style.preset(name)
        pages = drawn(style)
        kernel.module = None
        assert drawn(style) == pages, name
        kernel.module = module
        print(name, len(pages) - 2, "pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
