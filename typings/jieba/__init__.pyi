# What smallprint uses of jieba 0.42.1.
from collections.abc import Iterator
from typing import IO

class Tokenizer:
    FREQ: dict[str, int]
    total: int
    initialized: bool
    def get_dict_file(self) -> IO[bytes]: ...
    @staticmethod
    def gen_pfdict(f: IO[bytes]) -> tuple[dict[str, int], int]: ...
    def cut(self, sentence: str, cut_all: bool = ..., HMM: bool = ...) -> Iterator[str]: ...
