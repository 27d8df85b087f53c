"""The generated parts of `docs/architecture.md` and `docs/contexts/`: what the code says of its contexts.

The source is read as text, and no handler is imported. Docstrings and routes of the handlers say what starts an
operation and what it consumes; tests hold them to the templates.
"""
