"""Texts that people write: names, labels, reasons, comments.

Invisible characters are refused, since they hide in a name or change the text around it: control characters (C0, DEL,
C1), line and paragraph separators, overrides and isolates of the writing direction (Unicode Standard Annex 9), and
noncharacters. Characters of no width are accepted within a text, as scripts and emoji need them, but not at its ends.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from unicodedata import category

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

_NEVER = r"\u2028\u2029\u202A-\u202E\u2066-\u2069\uFDD0-\uFDEF\uFFFE\uFFFF"
_CONTROLS = r"\x00-\x1F\x7F-\x9F"
_CONTROLS_BUT_TAB_AND_LINE_ENDS = r"\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F"
_BLANK = (
    r"\u0020\u00A0\u00AD\u034F\u061C\u115F\u1160\u1680\u180B-\u180F\u2000-\u200F\u202F\u205F-\u2064\u206A-\u206F"
    r"\u2800\u3000\u3164\uFE00-\uFE0E\uFEFF\uFFA0\uFFF9-\uFFFB"
)
"""Spaces, fillers, and characters of no width."""

UNSEEN = _CONTROLS + _NEVER + _BLANK + r"\uFE0F"
"""All invisible characters, for the character class of a pattern."""

_FIRST, _WITHIN, _LAST = rf"[^{UNSEEN}]", rf"[^{_CONTROLS}{_NEVER}]", rf"[^{_CONTROLS}{_NEVER}{_BLANK}]"
"""The last character may be U+FE0F, with which many emoji end."""


_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Cs", "Mn", "Me", "Zs", "Zl", "Zp"})
"""General categories (Unicode Standard, section 4.5) of characters without a shape: tags, selectors, accents."""


def _can_be_seen(text: str) -> bool:
    unseen = re.compile(f"[{UNSEEN}]")
    return any(category(each) not in _UNSEEN_KINDS and not unseen.match(each) for each in text)


class Written:
    """Metadata of a text that people write: `Annotated[str, Field(max_length=40), ONE_LINE]`."""

    def __init__(self, pattern: str, advice: str, *, shows: bool = False) -> None:
        """If `shows`, the text needs at least one visible character."""
        self.pattern = pattern
        self.advice = advice
        self.shows = shows

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        matches = re.compile(self.pattern.removesuffix("$")).fullmatch
        refusal = PydanticCustomError("unprintable_text", self.advice)

        def check(text: str) -> str:
            if not matches(text) or (self.shows and not _can_be_seen(text)):
                raise refusal
            return text

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": self.pattern}


ONE_LINE = Written(
    rf"^{_FIRST}({_WITHIN}*{_LAST})?$",
    "Write one line that is not blank, without control characters, and without invisible ones at its ends",
    shows=True,
)
PARAGRAPHS = Written(rf"^[^{_CONTROLS_BUT_TAB_AND_LINE_ENDS}{_NEVER}]*$", "Write text without control characters")
