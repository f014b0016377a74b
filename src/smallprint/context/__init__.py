"""What stays text, what becomes pages, and whether pages can be read.

exact.py      strings that must stay exact: hashes, numbers, paths, identifiers
proofread.py  pages read before they are sent, and what will be misread on them
fit.py        the densest style for each part of a text that is still read as well as asked
"""
