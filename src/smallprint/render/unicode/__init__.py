"""What the Unicode standard says of characters, and what follows for text; knows no fonts and no styles.

properties  classes of characters, one number for each code point
bidi        which way characters run: levels and order
graphemes   what is read as one character    words       where words begin without spaces
line_breaks where a line may or must end
"""
