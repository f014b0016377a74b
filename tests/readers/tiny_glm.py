"""A GLM-4.1V model with random weights, a few hundred thousand parameters, laid out on disk as the real checkpoints are.

The processor's files name the stock classes, its video part included, so that loading takes the path that users' checkpoints take.
"""

from __future__ import annotations

import json
from pathlib import Path

CHAT_TEMPLATE = (
    "[gMASK]<sop>{% for m in messages %}<|{{ m.role }}|>\n"
    "{% if m.content is string %}{{ m.content }}{% else %}{% for item in m.content %}"
    "{% if item.type == 'image' %}<|begin_of_image|><|image|><|end_of_image|>{% else %}{{ item.text }}{% endif %}"
    "{% endfor %}{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
"""The shape of GLM-4.1V's own: images where they stand, then text."""

SPECIAL = (
    "<|endoftext|>", "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|begin_of_image|>", "<|end_of_image|>",
    "<|begin_of_video|>", "<|end_of_video|>", "<|image|>", "<|video|>",
)  # fmt: skip


def build(folder: Path, *, max_position_embeddings: int = 4096) -> None:
    """Writes config, weights, tokenizer and processor configuration to `folder`."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import Glm4vConfig, Glm4vForConditionalGeneration, PreTrainedTokenizerFast

    folder.mkdir(parents=True)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {char: index for index, char in enumerate(alphabet)}
    core = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens(list(SPECIAL))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<|endoftext|>", pad_token="<|endoftext|>")
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
    ids = {token: core.token_to_id(token) for token in SPECIAL}

    torch.manual_seed(7)
    size = {"hidden_size": 64, "intermediate_size": 96, "attention_dropout": 0.0}
    config = Glm4vConfig(
        vision_config={**size, "depth": 2, "num_heads": 2, "out_hidden_size": 64},
        text_config={
            **size, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": len(core.get_vocab()),
            "max_position_embeddings": max_position_embeddings, "eos_token_id": ids["<|endoftext|>"], "pad_token_id": ids["<|endoftext|>"],
            "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3], "partial_rotary_factor": 1.0},
        },
        image_token_id=ids["<|image|>"], video_token_id=ids["<|video|>"],
        image_start_token_id=ids["<|begin_of_image|>"], image_end_token_id=ids["<|end_of_image|>"],
        video_start_token_id=ids["<|begin_of_video|>"], video_end_token_id=ids["<|end_of_video|>"],
    )  # fmt: skip
    model = Glm4vForConditionalGeneration(config)
    # Random logits seldom pick the end by themselves; never picking it makes the length of the reply known.
    model.generation_config.update(eos_token_id=ids["<|endoftext|>"], pad_token_id=ids["<|endoftext|>"])
    model.save_pretrained(folder)

    # As in zai-org/GLM-4.1V-9B-Thinking: https://huggingface.co/zai-org/GLM-4.1V-9B-Thinking/blob/main/preprocessor_config.json
    shared = {
        "do_rescale": True, "do_normalize": True, "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
        "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
        "processor_class": "Glm4vProcessor",
    }  # fmt: skip
    edges = {"size": {"shortest_edge": 12544, "longest_edge": 47040000}}
    image = {**shared, **edges, "image_processor_type": "Glm4vImageProcessor"}
    (folder / "preprocessor_config.json").write_text(json.dumps(image))
    video = {**shared, **edges, "video_processor_type": "Glm4vVideoProcessor"}
    (folder / "video_preprocessor_config.json").write_text(json.dumps(video))
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE)
