"""What pages buy a model: prefill, decoding, training and memory, against the same content as text tokens.

shapes    configurations by name or from a file           content   one text as token ids and as page tensors
devices   peaks, from a table or measured                 roofline  what arithmetic and memory traffic allow
network   a model with random weights, and what it runs   cache     a full KV cache with room for a few tokens
measure   repeats, medians, memory                        cells     one measurement, kept on disk
run       all cells, in pieces                            curve     what lies beyond the longest length
rows      cells become rows                               table     the rows in words; plot draws them
paper     the published points
"""
