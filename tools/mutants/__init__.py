"""Planted faults: a kept list of wrong code, and whether the tests notice each of it.

A fault names a file, a function and the code that it changes there. `python -m tools.mutants` plants each into a copy
of the checkout, one at a time, and runs the tests that should fail then. Line coverage says that a line ran; this says
that somebody looks at what it does.
"""
