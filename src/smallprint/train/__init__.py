"""Making models read pages. Needs the `train` extra."""
