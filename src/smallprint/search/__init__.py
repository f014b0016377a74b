"""A validation set and a reader -> better styles: search and calibration.

In: the user's own texts, and who is to read them. Out: a study of trials, the front between compression and accuracy, a profile. The extra
`search` brings Optuna.
"""
