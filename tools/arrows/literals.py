"""SQL in strings of Python files, although it belongs in files of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_STATEMENT = re.compile(r"\s*(?:with|select|insert\s+into|update|delete\s+from|merge\s+into)\s", re.IGNORECASE)
_EXPRESSION = "null"
"""Replaces the expressions of an f-string."""


def statements_in(python: str) -> Iterator[str]:
    """Every string of the file that reads like a statement, apart from docstrings."""
    tree = ast.parse(python)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in docstrings or id(node) in parts:
            continue
        text = _text_of(node)
        if _STATEMENT.match(text):
            yield text


def _text_of(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else _EXPRESSION for part in node.values)  # type: ignore[misc]
    return ""
