"""What a run came to, to read and to look at.

files.py     results.json, report.md and report.html of a run's folder
tables.py    figures as rows of words
markdown.py  report.md
page.py      report.html, one file that needs nothing else; page.html is its frame
plots.py     its pictures, as SVG
misses.py    where pages lost most against text
"""
