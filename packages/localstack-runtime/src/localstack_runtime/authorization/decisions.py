"""Whether policies allow a request, for each question once.

A question holds the documents of its policies, so that a changed policy is another question and nothing has to be
forgotten when one changes.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .policies import KEPT_DOCUMENTS, Effect, Request, matches

KEPT_ANSWERS = 65_536


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and all policies that may answer it, as JSON."""

    principal: tuple[str, str]
    action: str
    resource: str
    context: tuple[tuple[str, str | tuple[str, ...]], ...]
    identity: tuple[str, ...]
    """The principal's policies. A service has none."""
    attached: tuple[str, ...]
    """The resource's policies."""


@lru_cache(KEPT_ANSWERS)
def refusal(question: Question) -> str | None:
    """The reason for a refusal in AWS's words; None if the request is allowed. Raises `UnknownElementError`.

    Within one account an allowance in either kind of policy is enough, and a denial in either is final. KMS differs: an
    identity policy has an effect on a key only if the key's own policy says so, by naming the account.
    """
    request = Request(question.principal, question.action, question.resource, dict(question.context))
    own = set(matches(map(_parsed, question.identity), request))
    attached = set(matches(map(_parsed, question.attached), request))
    for found, kind in ((own, "an identity"), (attached, "a resource")):
        if any(match.effect is Effect.DENY for match in found):
            return f"with an explicit deny in {kind}-based policy"
    allowed_by_resource = [match for match in attached if match.effect is Effect.ALLOW]
    if any(not match.delegated for match in allowed_by_resource):
        return None
    if own and (allowed_by_resource or not question.action.startswith("kms:")):
        return None
    lacking = "identity" if question.principal[0] == "AWS" and not own else "resource"
    return f"because no {lacking}-based policy allows the {question.action} action"


@lru_cache(KEPT_DOCUMENTS)
def _parsed(document: str) -> Any:
    return json.loads(document)
