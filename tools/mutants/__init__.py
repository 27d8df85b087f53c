"""Planted faults: a kept list of wrong code, and a check that the tests notice each fault.

A fault names a file, a function and the code that it changes there. `python -m tools.mutants` plants each into a copy
of the checkout, one at a time, and runs the tests that should fail then. Line coverage shows that a line ran; a planted
fault shows that a test checks its effect.
"""
