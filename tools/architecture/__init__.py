"""The parts of `docs/architecture.md` and `docs/contexts/` that are generated from the code.

The source is read as text, and no handler is imported. A handler's docstring and route name the operation's trigger and
the events that it consumes; tests compare them with the templates.
"""
