"""A validation set and a reader -> better styles: search and calibration. The extra `search` brings Optuna.

values.py        genomes, proposals, scores, trials: what flows        config.py        what a search is asked to do
space.py         the knobs (space.toml), genomes to styles and back    objectives.py    the front and the area under it
validation.py    the user's text, dealt to what it is for              transcribers.py  who reads pages back
evaluate.py      a style's scores, rung by rung                        questions.py     who answers questions about them
proposers/       who says which styles to try                          run.py           one worker's loop
finals.py        the last choice, on text of its own                   assembly.py      all of it put together, and its files
compare.py       several studies side by side                          report/          the page of a study
study.py         trials in Optuna's storage; under it:
  storage.py, database.py, marks.py, records.py, distributions.py, leases.py, locks.py
calibrate.py     down a ladder of letter sizes, for one model; with it:
  ladder.py, specimens.py (specimens.toml), subject.py, legibility.py, abstention.py, calibration.py, kept.py, calibration_plot.py
"""
