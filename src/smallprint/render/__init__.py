"""Text and a style become pages; knows no model.

style         every knob of a page           style_keys    the keys of style files
random_style  styles as training draws them  palette       the colours of a page
fonts         faces and glyph bitmaps        shaping       characters to cells
runs          directions, breaks and words   word_cells    words to cells
harfbuzz      words to glyphs                unicode       the standard's rules and tables
blocks        where text may be cut          pixel_face    letters that are pictures
source        where text comes from          inputs        files, folders, PDF as a source
geometry      a page's lengths               lines         text to lines
layout        lines to pages                 raster        pages to pixels
png           pixels to files                deflate       bytes to zlib streams
press         all that a style prints with   kernel        the same in C, if it was built
boxes         where characters stand         report        what the pages do not show
span_log      many spans in little memory    parallel      many things at once, in order
highlight     the roles of code              languages     which language a file is in
pages         Page and Pages                 batches       pages as arrays, many at a time
folder        a folder of pages              journal       what of it is written
manifest      what is in it                  contact       all pages at a glance
preview       pages and source in HTML       pdf           pages of a PDF as they are
documents     many texts, many processes     corpus        any number of them to shards
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
