"""`vision_tokens` of every open family against the image processor of transformers, on 2,000 random sizes.

Configurations are written by hand from the models' published files. The PIL variants are used, since the others need torchvision.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import pytest

from smallprint.errors import TokenError
from smallprint.tokens import resized, vision_tokens

pytest.importorskip("transformers")

if TYPE_CHECKING:
    from collections.abc import Callable

GLM = {"shortest_edge": 12_544, "longest_edge": 47_040_000}
QWEN2 = {"shortest_edge": 3_136, "longest_edge": 12_845_056}
QWEN3 = {"shortest_edge": 65_536, "longest_edge": 16_777_216}


def sizes(n: int, longest: int, seed: int) -> list[tuple[int, int]]:
    """Random sizes, even in the logarithm, a third of them long and thin, and every tiny one."""
    rng = random.Random(seed)
    out = [(width, height) for width in range(1, 8) for height in range(1, 8)]
    while len(out) < n:
        width = round(math.exp(rng.uniform(0, math.log(longest))))
        if rng.random() < 1 / 3:
            height = max(1, min(longest, round(width / rng.choice([150, 199, 200, 201, 300, 5, 20]))))
        else:
            height = round(math.exp(rng.uniform(0, math.log(longest))))
        out.append((width, height) if rng.random() < 0.5 else (height, width))
    return out


def glm4v() -> Any:
    from transformers.models.glm4v.image_processing_pil_glm4v import Glm4vImageProcessorPil

    return Glm4vImageProcessorPil(size=GLM)


def glm46v() -> Any:
    from transformers.models.glm46v.image_processing_pil_glm46v import Glm46VImageProcessorPil

    return Glm46VImageProcessorPil(size=GLM)


def qwen2_vl() -> Any:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    return Qwen2VLImageProcessorPil(size=QWEN2)


def qwen3_vl() -> Any:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    return Qwen2VLImageProcessorPil(size=QWEN3, patch_size=16, image_mean=[0.5] * 3, image_std=[0.5] * 3)


def internvl() -> Any:
    from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

    return GotOcr2ImageProcessorPil(
        size={"height": 448, "width": 448}, crop_to_patches=True, min_patches=1, max_patches=12
    )


def gemma3() -> Any:
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    return Gemma3ImageProcessorPil(size={"height": 896, "width": 896})


def gemma4(budget: int) -> Callable[[], Any]:
    def make() -> Any:
        from transformers.models.gemma4.image_processing_pil_gemma4 import Gemma4ImageProcessorPil

        return Gemma4ImageProcessorPil(max_soft_tokens=budget)

    return make


def deepseek_ocr2() -> Any:
    from transformers.models.deepseek_ocr2.image_processing_pil_deepseek_ocr2 import DeepseekOcr2ImageProcessorPil

    return DeepseekOcr2ImageProcessorPil()


def merged_patches(processor: Any, width: int, height: int) -> int:
    return processor.get_number_of_image_patches(height, width) // processor.merge_size**2


def tiles(processor: Any, width: int, height: int) -> int:
    return 256 * processor.get_number_of_image_patches(height, width)


def always_256(_processor: Any, _width: int, _height: int) -> int:
    return 256  # image_seq_length of google/gemma-3-12b-it


def soft_tokens(processor: Any, width: int, height: int) -> int:
    from transformers.models.gemma4.image_processing_pil_gemma4 import get_aspect_ratio_preserving_size

    pool, patch = processor.pooling_kernel_size, processor.patch_size
    rows, columns = get_aspect_ratio_preserving_size(height, width, patch, processor.max_soft_tokens * pool**2, pool)
    return rows * columns // (patch * pool) ** 2


def views(processor: Any, width: int, height: int) -> int:
    """The rule inside `_preprocess`: the class's own `get_number_of_image_patches` has another tile size (transformers 5.23)."""
    from transformers.models.deepseek_ocr2.image_processing_pil_deepseek_ocr2 import get_optimal_tiled_canvas

    tile = processor.tile_size
    if max(width, height) <= tile:
        return 256
    columns, rows = get_optimal_tiled_canvas(
        (height, width), (tile, tile), processor.min_patches, processor.max_patches
    )
    return 256 + 144 * columns * rows


def grid(output: Any, processor: Any) -> int:
    return int(output["image_grid_thw"][0].prod()) // processor.merge_size**2


CASES = [
    pytest.param("glm-4.1v", glm4v, merged_patches, grid, id="glm-4.1v"),
    pytest.param("glm-4.5v", glm4v, merged_patches, grid, id="glm-4.5v"),
    pytest.param("glm-4.6v", glm46v, merged_patches, grid, id="glm-4.6v"),
    pytest.param("qwen2-vl", qwen2_vl, merged_patches, grid, id="qwen2-vl"),
    pytest.param("qwen2.5-vl", qwen2_vl, merged_patches, grid, id="qwen2.5-vl"),
    pytest.param("qwen3-vl", qwen3_vl, merged_patches, grid, id="qwen3-vl"),
    pytest.param("qwen3.5", qwen3_vl, merged_patches, grid, id="qwen3.5"),
    pytest.param("internvl3", internvl, tiles, lambda out, _: 256 * int(out["num_patches"][0]), id="internvl3"),
    pytest.param("gemma-3", gemma3, always_256, lambda out, _: 256 * len(out["pixel_values"]), id="gemma-3"),
    pytest.param(
        "gemma-4", gemma4(280), soft_tokens, lambda out, _: int(out["num_soft_tokens_per_image"][0]), id="gemma-4"
    ),
    *(
        pytest.param(
            f"gemma-4-{n}",
            gemma4(n),
            soft_tokens,
            lambda out, _: int(out["num_soft_tokens_per_image"][0]),
            id=f"gemma-4-{n}",
        )
        for n in (70, 140, 560, 1120)
    ),
    pytest.param(
        "deepseek-ocr-2",
        deepseek_ocr2,
        views,
        lambda out, _: 256 + 144 * int(out["num_local_patches"][0]),
        id="deepseek-ocr-2",
    ),
]


@pytest.mark.parametrize(("name", "make", "of_size", "_of_output"), CASES)
def test_equals_the_processor_on_2000_sizes(name: str, make: Any, of_size: Any, _of_output: Any) -> None:
    processor = make()
    wrong = []
    refused = 0
    for width, height in sizes(2_000, 12_000, seed=20_260):
        try:
            theirs = of_size(processor, width, height)
        except ValueError:
            theirs, refused = None, refused + 1
        try:
            ours = vision_tokens(name, width, height)
        except TokenError:
            ours = None
        if ours != theirs:
            wrong.append((width, height, ours, theirs))
    assert not wrong
    assert refused < 1_000


@pytest.mark.parametrize(("name", "make", "_of_size", "of_output"), CASES)
def test_equals_the_whole_processor_on_real_images(name: str, make: Any, _of_size: Any, of_output: Any) -> None:
    from PIL import Image

    processor = make()
    for width, height in sizes(140, 400, seed=7)[40:]:
        image = Image.new("RGB", (width, height), "white")
        try:
            output = processor(images=image, return_tensors="np")
        except ValueError:
            with pytest.raises(TokenError):
                vision_tokens(name, width, height)
            continue
        assert of_output(output, processor) == vision_tokens(name, width, height), (width, height)


@pytest.mark.parametrize("make_name", [(glm4v, "glm-4.1v"), (qwen3_vl, "qwen3-vl")])
def test_the_size_seen_is_the_processor_s(make_name: Any) -> None:
    make, name = make_name
    processor = make()
    for width, height in [(595, 842), (842, 595), (300, 1100), (30, 40)]:
        from PIL import Image

        output = processor(images=Image.new("RGB", (width, height)), return_tensors="np")
        _, rows, columns = (int(n) for n in output["image_grid_thw"][0])
        assert resized(name, width, height) == (columns * processor.patch_size, rows * processor.patch_size)
