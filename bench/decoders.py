"""Whether other programs decode our PNG files to the pixels that were drawn: Pillow, OpenCV and Chromium, where installed.

    python bench/decoders.py FILE

Draws the first pages of a text in every preset and theme, in both PNG modes. Exit code 1 when a decoder sees other pixels.
"""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np

from smallprint.render import Style, preset_names, render

PAGES_EACH = 2
# Images are part of the page, so that the document is printed only after they are decoded and the sums are made.
_PAGE = """
<body>IMAGES<script>
onload = () => {
  const sums = Array.from(document.images, image => {
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
    let a = 1, b = 0;
    for (let i = 0; i < data.length; i++) if (i % 4 < 3) { a = (a + data[i]) % 65521; b = (b + a) % 65521; }
    return b * 65536 + a;
  });
  document.body.textContent = "sums:" + sums.join(",") + ";";
};
</script></body>
"""


def pillow(files: list[bytes]) -> list[int]:
    from PIL import Image

    return [adler(np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))) for file in files]


def opencv(files: list[bytes]) -> list[int]:
    import cv2

    images = (cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR) for file in files)
    return [adler(image[:, :, ::-1]) for image in images]


def chromium(files: list[bytes]) -> list[int]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        raise ImportError("no chromium")
    images = "".join(f'<img src="data:image/png;base64,{base64.b64encode(file).decode()}">' for file in files)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(_PAGE.replace("IMAGES", images), encoding="utf-8")
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder}/profile",
        ]
        done = subprocess.run(
            [program, *options, "--dump-dom", page.as_uri()], capture_output=True, text=True, check=True
        )
    found = re.search(r"sums:([\d,]+);", done.stdout)
    if not found:
        raise RuntimeError("chromium did not finish")
    return [int(number) for number in found[1].split(",")]


def adler(pixels: np.ndarray) -> int:
    """Adler-32 of RGB bytes."""
    import zlib

    return zlib.adler32(np.ascontiguousarray(pixels).tobytes())


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    text = Path(arguments[0]).read_text(encoding="utf-8")[:60_000]
    styles = [Style.preset(name).themed(theme) for name in preset_names() for theme in ("light", "dark", "paper")]
    drawn: list[np.ndarray] = []
    files: list[bytes] = []
    for style in styles:
        for page in islice(render(text, style), PAGES_EACH):
            for mode in ("default", "small"):
                drawn.append(page.pixels)
                files.append(page.png(mode))
    expected = [adler(np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else pixels) for pixels in drawn]
    failed = False
    decoders: tuple[Callable[[list[bytes]], list[int]], ...] = (pillow, opencv, chromium)
    for decoder in decoders:
        try:
            found = decoder(files)
        except ImportError as error:
            print(f"{decoder.__name__}: not there ({error})")
            continue
        wrong = sum(one != other for one, other in zip(expected, found, strict=True))
        failed |= wrong > 0
        print(f"{decoder.__name__}: {len(files)} files, {wrong} decode to other pixels")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
