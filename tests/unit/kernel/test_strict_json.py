"""Any JSON from an app is read or refused, alike by REST operations and WebSocket routes."""

import json
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import pytest
from pydantic import Field

from rideflow.kernel.frames import Action, Frame
from rideflow.kernel.geo import Point
from rideflow.kernel.model import NO_REPEATS, Request, View
from rideflow.kernel.problems import MAX_ERRORS
from rideflow.kernel.rest import rest_api
from rideflow.kernel.text import ONE_LINE, PARAGRAPHS
from rideflow.kernel.timestamps import Timestamp
from rideflow.kernel.websocket import Connection, websocket_route
from tests.functions.lambda_events import Answer, answer, rest_event, signed_in, websocket_event

type Send = Callable[[str], Answer]


class Members(Request):
    number: float = 0
    whole: int = 0
    yes: bool = False
    at: Timestamp | None = None
    id: UUID | None = None
    place: Point | None = None
    name: Annotated[str, Field(max_length=40), ONE_LINE] = "name"
    comment: Annotated[str, Field(max_length=40), PARAGRAPHS] = ""
    note: str = ""
    cards: Annotated[frozenset[Literal["credit", "debit"]], NO_REPEATS] = frozenset()


class MembersView(View):
    said: str


class Tell(Members, Action):
    action: Literal["tell"]


class Told(Frame):
    type: ClassVar[str] = "told"
    said: str


rest, optional = rest_api(), rest_api()


@rest.post("/v1/members")
def tell(members: Members) -> MembersView:
    return MembersView(said=members.model_dump_json())


@optional.post("/v1/members")
def maybe_tell(members: Members | None = None) -> MembersView:
    return MembersView(said="nothing" if members is None else members.model_dump_json())


def tell_live(members: Tell, _connection: Connection) -> Told:
    return Told(said=members.model_dump_json(exclude={"action"}))


live = websocket_route(tell_live, action="tell")


def by_rest(text: str) -> Answer:
    return answer(rest, rest_event("POST", "/v1/members", text))


def by_optional_body(text: str) -> Answer:
    return answer(optional, rest_event("POST", "/v1/members", text))


def by_websocket(text: str) -> Answer:
    """The same object as a frame: with its action."""
    object_follows = text.lstrip().startswith("{") and text.strip() != "{}"
    frame = text.replace("{", '{"action": "tell", ', 1) if object_follows else text.replace("{}", '{"action": "tell"}')
    answered = answer(live, websocket_event("tell", frame, signed_in("rider")))
    return Answer(answered.status, answered.body.get("data", {}))


EACH_WAY = pytest.mark.parametrize("send", [by_rest, by_optional_body, by_websocket])


def said(sent: Answer) -> dict[str, Any]:
    assert sent.status == 200, sent.body
    return dict(json.loads(sent.body["said"]))


@EACH_WAY
@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"whole": ' + "9" * 5000 + "}", id="an integer of 5,000 digits"),
        pytest.param('{"whole": -' + "9" * 5000 + "}", id="a negative one"),
        pytest.param('{"unknown": ' + "9" * 5000 + "}", id="one that nobody reads"),
        pytest.param('{"unknown": [[' + "9" * 5000 + "]]}", id="one deep inside"),
        pytest.param('{"number": ' + "9" * 5000 + ".5}", id="a fraction of 5,000 digits"),
        pytest.param('{"number": 1e' + "9" * 5000 + "}", id="an exponent of 5,000 digits"),
        pytest.param('{"number": 1e400}', id="beyond a double"),
        pytest.param('{"number": NaN}', id="not a number"),
        pytest.param('{"number": -Infinity}', id="infinity"),
        pytest.param('{"whole": 1e3}', id="a float for an integer"),
        pytest.param('{"unknown": NaN}', id="NaN that nobody reads"),
        pytest.param("[" * 30_000, id="30,000 arrays"),
        pytest.param('{"note": ' + "[" * 30_000, id="30,000 arrays in a member"),
        pytest.param('{"a":' * 6_000, id="6,000 objects"),
        pytest.param('{"note": ' + "[" * 250 + "]" * 250 + "}", id="arrays that are closed"),
        pytest.param(r'{"note": "\ud800"}', id="a lone surrogate"),
        pytest.param(r'{"note": "\udc00\ud800"}', id="surrogates the wrong way round"),
        pytest.param('{"note": "\ud800"}', id="a surrogate in the text itself"),
        pytest.param(r'{"note": "\u0000"}', id="an escaped NUL"),
        pytest.param(r'{"note": "\\\u0000"}', id="an escaped NUL after a backslash"),
        pytest.param('{"note": "\x00"}', id="a NUL"),
        pytest.param('{"note": "\x1f"}', id="a control character in the text itself"),
        pytest.param(r'{"note": "\x"}', id="an unknown escape"),
        pytest.param('{"note": "a", "note": "b"}', id="a name twice"),
        pytest.param('{"place": {"lat": 1, "lat": 2, "lng": 3}}', id="a name twice inside"),
        pytest.param(r'{"note": "a", "\u006eote": "b"}', id="a name twice, once escaped"),
        pytest.param("{'note': 'a'}", id="single quotes"),
        pytest.param('{"note": "a",}', id="a comma too many"),
        pytest.param('{"note": "a"} {}', id="two values"),
        pytest.param('{"note": "a"', id="half of it"),
        pytest.param("\ufeff{}", id="a byte order mark"),
        pytest.param("note=a&whole=1", id="a form"),
        pytest.param("[]", id="an array"),
        pytest.param("[{}]", id="an array of one"),
        pytest.param('"note"', id="a text"),
        pytest.param("1", id="a number"),
        pytest.param("true", id="a boolean"),
        pytest.param(" ", id="a space"),
        pytest.param("<note/>", id="xml"),
    ],
)
def test_an_unreadable_message_is_refused_with_a_problem_document(send: Send, text: str) -> None:
    refused = send(text)

    assert (refused.status, refused.body["status"]) in {(400, 400), (422, 422)}
    assert refused.code in {"malformed_request", "invalid_input"}


@pytest.mark.parametrize("send", [by_rest, by_websocket])
@pytest.mark.parametrize("text", ["", "null"])
def test_a_body_that_is_required_is_asked_for(send: Send, text: str) -> None:
    assert send(text).status in {400, 422}


@pytest.mark.parametrize("text", ["", "null"])
def test_a_body_that_may_be_left_out_may_be_nothing(text: str) -> None:
    assert by_optional_body(text).body == {"said": "nothing"}


WRONG = {
    "number": ['"37.77"', "true", "[1]", "{}", "null"],
    "whole": ['"1"', "1.0", "1.5", "true", "null"],
    "yes": ["1", "0", '"true"', '"yes"', "null"],
    "at": [
        "1764547200", '"1764547200"', '"2026-01-01"', '"2026-01-01T10:00:00"', '"2026-01-01 10:00:00Z"',
        '"2026-01-01T10:00Z"', '"20260101T100000Z"', '"2026-01-01T10:00:00+00"', '"2026-02-30T10:00:00Z"',
        '"2026-01-01T24:00:00Z"', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', "true", '" "',
    ],
    "id": ["1", '"1"', '"none"', "[]"],
    "place": ['[37.7, -122.4]', '{"lat": "37.7", "lng": -122.4}', '{"lat": true, "lng": 0}', '{"lat": 1}'],
    "name": ["1", "true", "[]", '""', '" "', "null"],
    "note": ["1", "false", '["a"]'],
    "cards": ['"credit"', '["credit", "credit"]', '["credit", "debit", "credit"]', '["cash"]', "[1]", '{"credit": 1}'],
}  # fmt: skip


@EACH_WAY
@pytest.mark.parametrize(("member", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_value_of_another_type_is_refused_by_its_field(send: Send, member: str, value: str) -> None:
    refused = send(f'{{"{member}": {value}}}')

    assert (refused.status, refused.code) == (422, "invalid_input")
    assert refused.body["errors"][0]["field"].partition(".")[0] == member


@EACH_WAY
def test_a_message_that_follows_the_contract_is_accepted(send: Send) -> None:
    sent = (
        '{"number": 37, "whole": 3, "yes": true, "at": "2026-01-01T10:00:00.5+02:00", '
        '"id": "2b6fcd9c-f36c-4d0f-9b7e-7a4a3a0c2f7d", "place": {"lat": 37.7, "lng": -122}, "name": " Ada ", '
        r'"comment": "one\n\ttwo", "note": "\\u0000 in letters", "cards": ["debit", "credit"]}'
    )

    told = said(send(sent))

    assert (told["number"], told["whole"], told["yes"], told["at"]) == (37.0, 3, True, "2026-01-01T08:00:00.500000Z")
    assert (told["name"], told["comment"], told["note"]) == ("Ada", "one\n\ttwo", "\\u0000 in letters")
    assert (sorted(told["cards"]), told["place"]) == (["credit", "debit"], {"lat": 37.7, "lng": -122.0})


UNSEEN = {
    "tab": "A\tB", "line end": "A\nB", "escape": "A\x1bB", "delete": "A\x7fB", "next line": "A\x85B", "C1": "A\x9bB",
    "line separator": "A\u2028B", "paragraph separator": "A\u2029B", "override": "A\u202eB", "embedding": "\u202aA",
    "isolate": "A\u2066B\u2069", "zero width at the end": "A\u200b", "mark at the start": "\ufeffA",
    "joiner at the end": "A\u200d", "soft hyphen at the end": "A\u00ad", "zero width alone": "\u200b",
    "tags alone": "\U000e0041\U000e0042", "selectors alone": "\U000e0100", "an accent alone": "\u0300",
    "controls of notes": "\U0001d173\U0001d174", "a vowel of no shape": "\u17b4", "a noncharacter": "A\ufffeB",
    "another one": "A\ufdd0B",
    "Hangul filler": "\u3164", "Braille blank": "\u2800", "no-break space": "\u00a0", "variation selector": "\ufe0f",
}  # fmt: skip


@EACH_WAY
@pytest.mark.parametrize("name", UNSEEN.values(), ids=UNSEEN)
def test_a_name_that_hides_something_is_refused(send: Send, name: str) -> None:
    refused = send(json.dumps({"name": name}))

    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "name")


@EACH_WAY
@pytest.mark.parametrize(
    "name",
    [
        "Ada Lovelace",
        "Zoë",
        "محمد",
        "नमस्ते",
        "O'Neil-Smith",
        "李小龍",
        "👩\u200d👩\u200d👧",
        "❤\ufe0f",
        "نور\u200cعلی",
        "7",
    ],
)
def test_a_name_of_any_script_is_taken(send: Send, name: str) -> None:
    assert said(send(json.dumps({"name": name})))["name"] == name


@EACH_WAY
def test_a_comment_may_have_lines_and_no_other_control_characters(send: Send) -> None:
    assert said(send(json.dumps({"comment": "a\r\n\tb"})))["comment"] == "a\r\n\tb"
    assert send(json.dumps({"comment": "a\x1bb"})).body["errors"][0]["field"] == "comment"


@EACH_WAY
def test_a_refusal_of_many_things_is_short(send: Send) -> None:
    refused = send(json.dumps({f"{index}{'x' * 1000}": index for index in range(20)} | dict.fromkeys("abcdefgh", 1)))

    assert len(refused.body["errors"]) == MAX_ERRORS
    assert len(json.dumps(refused.body)) < 16_000


def test_a_view_that_is_wrong_is_our_fault_and_not_the_apps() -> None:
    app = rest_api()

    @app.get("/v1/broken")
    def broken() -> MembersView:
        return {"said": 1}  # type: ignore[return-value]

    assert answer(app, rest_event("GET", "/v1/broken")).code == "internal_error"


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"Content-Type": "application/x-www-form-urlencoded"}, "Content-Type: application/json"),
        ({"content-type": "multipart/form-data; boundary=x"}, "Content-Type: application/json"),
        ({"Content-Type": "multipart/form-data"}, "Content-Type: application/json"),
        ({"Content-Type": "text/plain"}, "Content-Type: application/json"),
        ({"Content-Type": "application/json\x00"}, "Content-Type: application/json"),
        ({"Content-Type": "é"}, "Content-Type: application/json"),
        ({"Content-Encoding": "gzip"}, "Content-Encoding"),
    ],
)
def test_a_body_of_another_kind_is_refused_with_the_kind_to_send(headers: dict[str, str], told: str) -> None:
    event = rest_event("POST", "/v1/members", "{}")
    event["headers"] = {name: text for name, text in event["headers"].items() if name != "Content-Type"} | headers
    refused = answer(rest, event)

    assert (refused.status, refused.code) == (415, "unsupported_media_type")
    assert told in refused.body["detail"]


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json", ""]
)
def test_json_by_any_of_its_names_is_read(kind: str) -> None:
    assert answer(rest, rest_event("POST", "/v1/members", "{}", headers={"Content-Type": kind})).status == 200


def test_without_a_body_its_kind_does_not_matter() -> None:
    event = rest_event("POST", "/v1/members", None, headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert answer(optional, event).body == {"said": "nothing"}
