"""Has LocalStack hand on the bodies of API requests as they were sent, as API Gateway does.

Its web servers read forms and gzip before anybody asks: what they cannot read is answered 500, or 400 without a word,
and what they can is written down anew, so that signatures over it are wrong.
"""

from typing import Any

from localstack.aws.handlers.codec import ContentDecoder
from localstack.services.apigateway.next_gen.execute_api.handlers import parse
from rolo.websocket import WebSocketRequest
from twisted.web.http import Request

_decode = ContentDecoder.__call__


def _payload(request: Any) -> bytes:
    """The body as it came. It is kept, so that whoever reads it as a form later does not take it away."""
    sent: bytes = request.get_data(cache=True, parse_form_data=False)
    return sent


def _decode_for_services(decoder: ContentDecoder, chain: Any, context: Any, response: Any) -> None:
    """The first handler that would touch a body leaves those of APIs as they are."""
    if isinstance(context.request, WebSocketRequest):
        return  # has no body
    if "/_aws/execute-api/" in context.request.path or ".execute-api." in context.request.host:
        _payload(context.request)
    else:
        _decode(decoder, chain, context, response)


def install() -> None:
    """Replace what reads bodies before the API does."""
    # Each request takes it from its site, which was made before this runs.
    Request._parsePOSTFormSubmission = property(lambda _request: False, lambda _request, _value: None)
    ContentDecoder.__call__ = _decode_for_services
    parse.restore_payload = _payload
