"""What is measured against others: how fast pages are drawn; knows no model.

texts      cases and their texts             placed     where our lines stand
yardstick  the reference's own way           engines    everyone's ways
clock      what one run costs                speed      rounds of all engines
compare    whether the files are right       results    medians, ratios, JSON
machine    where figures were taken          plot       bars a case
"""
