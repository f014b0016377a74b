"""The reader that ships with the package: a small network that sees pixels and gives characters."""
