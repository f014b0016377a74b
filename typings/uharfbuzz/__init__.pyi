from types import ModuleType

_harfbuzz: ModuleType

class Blob:
    @classmethod
    def from_file_path(cls, filename: str) -> Blob: ...

class Face:
    def __init__(self, blob: Blob, index: int = 0) -> None: ...

class Font:
    def __init__(self, face: Face) -> None: ...

class GlyphInfo:
    codepoint: int
    cluster: int

class GlyphPosition:
    x_advance: int
    x_offset: int
    y_offset: int

class Buffer:
    script: str
    direction: str
    @property
    def glyph_infos(self) -> list[GlyphInfo]: ...
    @property
    def glyph_positions(self) -> list[GlyphPosition] | None: ...
    def add_codepoints(self, codepoints: list[int]) -> None: ...

def shape(font: Font, buffer: Buffer, features: dict[str, bool]) -> None: ...
def version_string() -> str: ...
