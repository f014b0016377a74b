"""Pixels -> text: a small network of our own, which sees a page through visual tokens and gives its characters.

page_reader.py   pages, arrays and image files -> text with confidences and boxes
image.py         a page as the network sees it
network.py       the trained network, run by onnxruntime
slots.py         where on a page a character can be
alphabet.py      the characters that it knows; ideographs.py has the Chinese ones
decode.py        slots -> characters in lines; confidence.py says how likely each is right
lines.py         lines -> text; homoglyphs.py tells letters apart that are drawn alike
weights/         the networks that ship: their files, their card, the records of their training
"""
