"""Letters whose pixels are learned together with the network that reads them.

In: a recipe (TOML), the folder of its texts. Out: a face of gray pixels for the renderer (`render.pixel_face`), and the weights that a
training of the reader can begin with. Needs the extra `train`.
"""
