"""What is measured: how fast pages are drawn, next to others, how much text a visual token carries, and what pages buy a model.

texts      cases and their texts             placed     where our lines stand
yardstick  the reference's own way           engines    everyone's ways
clock      what one run costs                speed      rounds of all engines
compare    whether the files are right       results    medians, ratios, JSON
machine    where figures were taken          plot       bars a case
density    how much of a page is read, against how few tokens it takes; density_plot draws it
model/     prefill, decoding, training and memory of a model, pages against text
"""
