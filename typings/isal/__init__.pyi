# What smallprint uses of isal 1.9.
