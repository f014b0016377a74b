"""How right an answer is, by the rules of each benchmark; knows no reader, no prompts and no data.

scoring      one prediction by its task's name   longbench    LongBench's data sets and averages
ruler        RULER                               mmlongbench  MMLongBench-Doc
overlap      F1 over words                       rouge        ROUGE-L
labels       classes and numbers                 similarity   code, and MRCR's grade
own          exact strings, transcription, code  chinese      words of Chinese
"""

from smallprint.evals.metrics.longbench import Convention
from smallprint.evals.metrics.own import cer, wer
from smallprint.evals.metrics.scoring import CONVENTIONS, score

__all__ = ["CONVENTIONS", "Convention", "cer", "score", "wer"]
