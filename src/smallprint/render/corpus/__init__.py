"""A corpus of documents becomes shards of page images, in as many processes as there are; knows no model.

spec        what is made of each document      inputs      what a user names, as files in order
plan        which documents make a shard       scan        inputs read through, for the plan
records     a line or row as a document        documents   a shard's documents, read
pages       a document's pages as rows         shards      a shard's rows in files
parquet     rows as Parquet                    webdataset  rows as tar
sink        a file that appears when whole     folder      what of it is written
workers     shards by several processes        on_ray      shards by many machines
run         from inputs to a folder            size        how large it will be

    from smallprint import Style
    from smallprint.render.corpus import Spec, write_corpus

    write_corpus(["data.jsonl"], "shards", Spec(style=Style.preset("flow")))
"""

from smallprint.render.corpus.run import CorpusWritten, write_corpus
from smallprint.render.corpus.spec import Spec

__all__ = ["CorpusWritten", "Spec", "write_corpus"]
