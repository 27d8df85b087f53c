"""Makes LocalStack pass the bodies of API requests on as they were sent, as API Gateway does.

Its web servers parse forms and gzip in advance. They answer 500, or 400 without a reason, to bodies that they cannot
parse, and serialise the others anew, so that signatures over them fail.
"""

from typing import Any

from localstack.aws.handlers.codec import ContentDecoder
from localstack.services.apigateway.next_gen.execute_api.handlers import parse
from rolo.websocket import WebSocketRequest
from twisted.web.http import Request

_decode = ContentDecoder.__call__


def _payload(request: Any) -> bytes:
    """The body as it came. It is cached, so that a later read as a form does not consume it."""
    sent: bytes = request.get_data(cache=True, parse_form_data=False)
    return sent


def _decode_for_services(decoder: ContentDecoder, chain: Any, context: Any, response: Any) -> None:
    """The first handler that would parse a body leaves bodies of API requests unchanged."""
    if isinstance(context.request, WebSocketRequest):
        return  # a request without a body
    if "/_aws/execute-api/" in context.request.path or ".execute-api." in context.request.host:
        _payload(context.request)
    else:
        _decode(decoder, chain, context, response)


def install() -> None:
    """Replace the code that reads bodies before the API does."""
    # Each request takes the class from its site, which was made before this runs.
    Request._parsePOSTFormSubmission = property(lambda _request: False, lambda _request, _value: None)
    ContentDecoder.__call__ = _decode_for_services
    parse.restore_payload = _payload
