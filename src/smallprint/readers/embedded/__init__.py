"""The reader in this package: what its network reads on the pages is searched for what a question is about, and quoted.

reader.py                   pages and a question -> an answer with its evidence
book.py                     the texts of the pages, joined, in passages; sentences.py and words.py cut them
questions.py                what is asked
search.py                   passages by how well they fit
needles.py, values.py       a number, a code, a date that is asked for by name
answers.py                  how it is said
"""
