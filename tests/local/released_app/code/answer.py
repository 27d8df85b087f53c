"""Answers with a word, which a test changes from release to release."""

import json
import os
from typing import Any

WORD = "first"


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`version` is the one that Lambda says it runs."""
    told = {"word": WORD, "release": os.environ["RELEASE_NAME"], "version": context.function_version}
    return {"statusCode": 200, "body": json.dumps(told)}
