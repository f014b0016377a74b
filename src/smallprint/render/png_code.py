"""The constant Huffman code of the default PNG mode: a hexadecimal digit for each code length.

Symbols 0 to 285 as in RFC 1951. Written by tools/png_code.py; a change of it changes the bytes of every page.
"""

LENGTHS_HEX = (
    "7dbfcbccecba9aaadbacbbabcbbabba8caccbbaabbbdbaa8dccbba8ba9ba9a96"
    "cccb988899a99887bcc98788a9998786cba98789aaa99a87cba9889aba899997"
    "cbbc9aaaa8999aa7dbbaaaab98999986babb99a9998abba6a9bb999899a9aaa7"
    "abba988a99aa99969ba98899aabb99969aa88889a9aa99857986767677767652"
    "f77888999999a9abb9ccdccddaddd9"
)
