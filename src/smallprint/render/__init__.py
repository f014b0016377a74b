"""Text and a style become pages; knows no model.

style        every knob of a page          style_keys  the keys of style files
fonts        faces and glyph bitmaps       shaping     characters to cells
source       where text comes from         lines       text to lines
layout       lines to pages                raster      pages to pixels
boxes        a span on the page            report      what the pages do not show
pages        Page and Pages                png         pixels to bytes
folder       a folder of pages, manifest   contact     the contact sheet
preview      pages and source in HTML      pdf         pages of a PDF as they are
highlight    roles of the letters of code  languages   names of languages
"""

import sys
from types import ModuleType

from smallprint.render.pages import Page, Pages, render
from smallprint.render.source import FileSource, Source, TextSource
from smallprint.render.style import Style, preset_names

__all__ = ["FileSource", "Page", "Pages", "Source", "Style", "TextSource", "preset_names", "render"]


class _Folder(ModuleType):
    """This folder, which can be called: `smallprint.render` is both the function and the place of its modules."""

    __call__ = staticmethod(render)


sys.modules[__name__].__class__ = _Folder
