import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from rideflow.kernel.custom_resource import custom_resource
from tests.functions.lambda_events import Json, LambdaContext


class CloudFormation:
    """Waits for answers as CloudFormation does, at a presigned address."""

    def __init__(self) -> None:
        self.answers: list[Json] = []
        answers = self.answers

        class Bucket(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                assert not self.headers["Content-Type"]
                answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Bucket)
        self.thread = Thread(target=self.server.serve_forever)

    def asks(self, request_type: str) -> Json:
        return {
            "RequestType": request_type,
            "ResponseURL": f"http://127.0.0.1:{self.server.server_port}/answer?signature=x",
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "Run",
        }


@pytest.fixture
def cloud_formation() -> Iterator[CloudFormation]:
    found = CloudFormation()
    found.thread.start()
    yield found
    found.server.shutdown()
    found.thread.join()
    found.server.server_close()


def fail(_left_s: float) -> dict[str, str]:
    raise RuntimeError("migration 0007 is wrong")


ADDRESSED = {"StackId": "stack", "RequestId": "request", "LogicalResourceId": "Run", "PhysicalResourceId": "schema"}


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_it_runs_and_answers_with_its_result(cloud_formation: CloudFormation, request_type: str) -> None:
    custom_resource(lambda _: {"Applied": "1"}, physical_id="schema")(
        cloud_formation.asks(request_type), LambdaContext()
    )

    assert cloud_formation.answers == [{**ADDRESSED, "Status": "SUCCESS", "Data": {"Applied": "1"}}]


def test_a_failure_fails_the_deployment_and_says_why(cloud_formation: CloudFormation) -> None:
    custom_resource(fail, physical_id="schema")(cloud_formation.asks("Update"), LambdaContext())

    assert cloud_formation.answers == [
        {**ADDRESSED, "Status": "FAILED", "Reason": "RuntimeError: migration 0007 is wrong"}
    ]


def test_the_work_is_told_how_long_it_may_take_before_the_answer_is_due(cloud_formation: CloudFormation) -> None:
    app = custom_resource(lambda left_s: {"left": str(left_s)}, physical_id="schema")

    assert app(cloud_formation.asks("Create"), LambdaContext()) == {"left": "30.0"}


def test_deleting_it_does_nothing_and_succeeds(cloud_formation: CloudFormation) -> None:
    custom_resource(fail, physical_id="schema")(cloud_formation.asks("Delete"), LambdaContext())

    assert cloud_formation.answers == [{**ADDRESSED, "Status": "SUCCESS", "Data": {}}]


def test_by_hand_it_just_runs() -> None:
    assert custom_resource(lambda _: {"Applied": ""}, physical_id="schema")({}, LambdaContext()) == {"Applied": ""}
    with pytest.raises(RuntimeError):
        custom_resource(fail, physical_id="schema")(None, LambdaContext())
