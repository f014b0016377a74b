from collections.abc import Mapping, Sequence

from numpy import generic
from numpy.typing import NDArray

class SessionOptions:
    intra_op_num_threads: int
    log_severity_level: int

class ModelMetadata:
    custom_metadata_map: dict[str, str]

class InferenceSession:
    def __init__(
        self,
        path_or_bytes: str | bytes,
        sess_options: SessionOptions | None = None,
        providers: Sequence[str] | None = None,
    ) -> None: ...
    def run(
        self, output_names: Sequence[str] | None, input_feed: Mapping[str, NDArray[generic]]
    ) -> list[NDArray[generic]]: ...
    def get_modelmeta(self) -> ModelMetadata: ...
