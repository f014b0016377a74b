"""Work on many things at once, results in order, in memory that does not grow with their number.

In: things, and what is to be done with a group of them. Out: the results, in the order of the things. Knows nothing of pages.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import batched, chain
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
