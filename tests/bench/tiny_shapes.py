"""Shapes of some ten thousand weights, of the classes of those that ship."""

from __future__ import annotations

import json
from dataclasses import replace

from smallprint.bench.model.shapes import Shape, load_shape

SHAPES = {"glm4v": "glm-4.1v-9b", "qwen3_vl": "qwen3-vl-8b"}


def tiny(kind: str) -> Shape:
    """Four text layers of 32, two vision layers of 16, a vocabulary of 1,024."""
    shape = load_shape(SHAPES[kind])
    config = json.loads(json.dumps(shape.config))
    for at, key in enumerate(sorted(key for key in config if key.endswith("token_id"))):
        config[key] = 1000 + at
    text, vision = config["text_config"], config["vision_config"]
    text.update(hidden_size=32, intermediate_size=48, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2)
    text["vocab_size"] = 1024
    vision.update(depth=2, hidden_size=16, num_heads=2, intermediate_size=24, out_hidden_size=32)
    if kind == "glm4v":
        text["rope_parameters"]["mrope_section"] = [1, 0, 1]
    else:
        text["head_dim"] = 8
        text["rope_parameters"]["mrope_section"] = [2, 1, 1]
        vision["deepstack_visual_indexes"] = [0, 1]
    return replace(shape, name=f"tiny-{kind}", config=config)
