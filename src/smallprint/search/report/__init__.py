"""What a search came to, to look at.

files.py        report.html in a study's folder, one file that needs nothing else; report.html here is its frame
findings.py     what there is to tell: points, front, best style, what each trial added
page.py         the file's sections
head.py         its first words: the best style against the known ones
front.py        the front's styles, each with a piece of its page
origin.py       where the best style comes from
proposers.py    who found what, and what was said
knobs.py        what each knob does
trials.py       the table of all trials
scatter.py      the picture of the front
charts.py       the smaller ones
marks.py        what pictures have in common; svg.py has axes and elements
lineage.py      a trial's ancestors
sensitivity.py  how much the objectives move with each knob
crop.py         the piece of a page
words.py        figures and names as words
"""
