"""Training the embedded reader: pages drawn at random, a small network, its ONNX file.

run.py        a recipe run to its end: weights, record, curves
recipe.py     a training run as one value, read from TOML
corpus.py     the texts, from files.py; strings.py makes those that nobody can guess, typography.py gives quotes and dashes of print
data.py       crops of pages in styles at random, by number; degrade.py does what providers do to pages
targets.py    what a page says, slot by slot; settle.py decides where a letter counts that lies between two
ahead.py      batches drawn while others are learnt from
model.py      the network; looks.py is what its classes begin with where there are thousands
loop.py       the training itself, which goes on from its checkpoint; team.py is processes that learn together
muon.py       the optimiser of matrices
checks.py     held-out pages, read now and then
calibrate.py  confidence that keeps its word
export.py     the network as an ONNX file
curves.py     the course of a training as a picture
"""
