"""Making models read pages. Needs the `train` extra.

    reader/   the embedded reader, from nothing

Nothing here is imported before a verb of `train` is used.
"""
