# What smallprint uses of skia-python 144.
class Typeface:
    @staticmethod
    def MakeFromFile(path: str) -> Typeface: ...

class Font:
    class Edging:
        kAntiAlias: int

    def __init__(self, typeface: Typeface, size: float) -> None: ...
    def setSubpixel(self, subpixel: bool) -> None: ...
    def setEdging(self, edging: int) -> None: ...
    def setHinting(self, hinting: int) -> None: ...

class FontHinting:
    kNone: int

class Paint:
    def __init__(self, *, Color: int, AntiAlias: bool) -> None: ...

class ColorType:
    kGray_8_ColorType: int

class AlphaType:
    kOpaque_AlphaType: int

class ImageInfo:
    @staticmethod
    def Make(width: int, height: int, color_type: int, alpha_type: int) -> ImageInfo: ...

class Data:
    def __bytes__(self) -> bytes: ...

class Image:
    def encodeToData(self, encoded_image_format: int, quality: int) -> Data: ...

class Canvas:
    def clear(self, color: int) -> None: ...
    def drawString(self, text: str, x: float, y: float, font: Font, paint: Paint) -> None: ...

class Surface:
    @staticmethod
    def MakeRaster(image_info: ImageInfo) -> Surface: ...
    def getCanvas(self) -> Canvas: ...
    def makeImageSnapshot(self) -> Image: ...

kPNG: int
