"""REST authorizers and gateway responses on a running LocalStack."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from deployed_cloud import Cloud

pytestmark = pytest.mark.e2e


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=20) as client:
        yield client


def asked(http: httpx.Client, cloud: Cloud, path: str, token: str | None = None, method: str = "GET") -> httpx.Response:
    headers = {} if token is None else {"Authorization": token}
    return http.request(method, cloud.rest(path), headers=headers)


def said_by_authorizer(response: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = response.json()["context"]["authorizer"]
    return found


def test_an_api_of_an_openapi_document_serves_its_operations(http: httpx.Client, cloud: Cloud) -> None:
    assert http.get(cloud.described("/open")).json()["context"]["resourcePath"] == "/open"
    answer = http.post(cloud.described("/open"), json={})
    assert (answer.status_code, answer.text) == (405, "refused")


def test_an_api_of_an_openapi_document_has_its_authorizer_and_gateway_responses(
    http: httpx.Client, cloud: Cloud
) -> None:
    said = said_by_authorizer(http.get(cloud.described("/token"), headers={"Authorization": "alice"}))
    assert said["person_id"] == "alice"
    for headers in ({}, {"Authorization": "unknown"}):
        refused = http.get(cloud.described("/token"), headers=headers)
        assert (refused.status_code, refused.json()) == (401, {"version": 1})
        assert refused.headers["www-authenticate"] == "Bearer"
    nowhere = http.get(cloud.described("/nowhere"))
    assert (nowhere.status_code, nowhere.text) == (404, "nowhere")


def test_a_method_without_authorizer_is_open(http: httpx.Client, cloud: Cloud) -> None:
    assert asked(http, cloud, "/open").status_code == 200


@pytest.mark.parametrize("token", [None, "", "NOT-LOWER-CASE", "unknown"])
def test_a_missing_malformed_or_unknown_token_is_unauthorized_in_the_words_of_the_api(
    http: httpx.Client, cloud: Cloud, token: str | None
) -> None:
    response = asked(http, cloud, "/token", token)
    assert response.status_code == 401
    assert response.json() == {"title": "UNAUTHORIZED", "detail": "Unauthorized"}
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == "Bearer"


def test_an_explicit_denial_is_forbidden(http: httpx.Client, cloud: Cloud) -> None:
    response = asked(http, cloud, "/token", "denied")
    assert response.status_code == 403
    assert "explicit deny" in response.json()["Message"]


@pytest.mark.parametrize("token", ["broken", "nonsense"])
def test_an_authorizer_that_fails_is_an_error_of_ours(http: httpx.Client, cloud: Cloud, token: str) -> None:
    assert asked(http, cloud, "/token", token).status_code == 500


def test_context_reaches_the_integration_as_strings(http: httpx.Client, cloud: Cloud) -> None:
    context = said_by_authorizer(asked(http, cloud, "/token", "alice"))
    assert (context["principalId"], context["person_id"]) == ("alice", "alice")
    assert (context["number"], context["flag"]) == ("7", "true")


def test_an_answer_is_remembered_for_its_time(http: httpx.Client, cloud: Cloud) -> None:
    calls = [said_by_authorizer(asked(http, cloud, "/token", "carol"))["call"] for _ in range(2)]
    assert calls[0] == calls[1]
    end = time.monotonic() + 10
    while said_by_authorizer(asked(http, cloud, "/token", "carol"))["call"] == calls[0]:
        assert time.monotonic() < end, "it is remembered for ever"


def test_a_remembered_policy_is_matched_against_each_method(http: httpx.Client, cloud: Cloud) -> None:
    assert asked(http, cloud, "/token", "reader").status_code == 200
    assert asked(http, cloud, "/token", "reader", "POST").status_code == 403


def test_a_request_authorizer_wants_every_source_and_is_asked_each_time(http: httpx.Client, cloud: Cloud) -> None:
    assert asked(http, cloud, "/request", "alice").status_code == 401
    calls = [said_by_authorizer(asked(http, cloud, "/request?q=1", "alice"))["call"] for _ in range(2)]
    assert calls[0] != calls[1]


def test_a_pool_authorizer_takes_the_tokens_of_its_pool_alone(http: httpx.Client, cloud: Cloud) -> None:
    token = signed_in(cloud, "pooled@example.com")
    response = asked(http, cloud, "/pooled", token["IdToken"])
    assert response.status_code == 200
    assert said_by_authorizer(response)["claims"]["email"] == "pooled@example.com"
    assert asked(http, cloud, "/pooled", token["AccessToken"]).status_code == 401
    assert asked(http, cloud, "/pooled", f"{token['IdToken'][:-6]}AAAAAA").status_code == 401
    assert asked(http, cloud, "/pooled", "not-a-token").status_code == 401


def signed_in(cloud: Cloud, email: str, password: str = "Passw0rd!") -> dict[str, str]:
    cognito, client = cloud.client("cognito-idp"), cloud.outputs["Client"]
    attributes = [{"Name": "email", "Value": email}]
    cognito.sign_up(ClientId=client, Username=email, Password=password, UserAttributes=attributes)
    code = httpx.get(f"{cloud.url}/_localstack_runtime/cognito/{cloud.outputs['Pool']}/{email}/code").json()["code"]
    cognito.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code)
    cognito.admin_add_user_to_group(UserPoolId=cloud.outputs["Pool"], Username=email, GroupName="buyer")
    parameters = {"USERNAME": email, "PASSWORD": password}
    answer = cognito.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    result: dict[str, str] = answer["AuthenticationResult"]
    return result


def test_tokens_carry_groups_and_verify_with_the_keys_that_are_served(cloud: Cloud) -> None:
    import jwt

    token = signed_in(cloud, "grouped@example.com")["AccessToken"]
    keys = jwt.PyJWKClient(f"{cloud.url}/_aws/cognito-idp/{cloud.outputs['Pool']}/.well-known/jwks.json")
    claims = jwt.decode(token, keys.get_signing_key_from_jwt(token).key, algorithms=["RS256"])
    assert claims["cognito:groups"] == ["buyer"]


def test_a_wrong_code_confirms_nobody_and_signing_out_revokes(cloud: Cloud) -> None:
    cognito, client = cloud.client("cognito-idp"), cloud.outputs["Client"]
    cognito.sign_up(ClientId=client, Username="wrong@example.com", Password="Passw0rd!")
    with pytest.raises(cognito.exceptions.CodeMismatchException):
        cognito.confirm_sign_up(ClientId=client, Username="wrong@example.com", ConfirmationCode="000000")
    token = signed_in(cloud, "leaving@example.com")
    cognito.global_sign_out(AccessToken=token["AccessToken"])
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        cognito.get_user(AccessToken=token["AccessToken"])
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        cognito.initiate_auth(
            ClientId=client,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": token["RefreshToken"]},
        )


@pytest.mark.parametrize("coding", [None, "gzip", "GZIP", "br", "identity"])
@pytest.mark.parametrize(
    "kind",
    [
        "application/json", "application/x-www-form-urlencoded", "multipart/form-data",
        "multipart/form-data; boundary=x", "multipart/form-data; boundary=",
        'multipart/form-data; boundary="\u00ff"', "text/plain", ";", "",
    ],
)  # fmt: skip
@pytest.mark.parametrize("body", ["", "{}", "a=%zz&b=1+2", '{"a": 1, "a": 2}', "--x\r\n\r\n1\r\n--x--\r\n"])
def test_a_body_is_handed_on_as_it_was_sent(
    http: httpx.Client, cloud: Cloud, kind: str, coding: str | None, body: str
) -> None:
    headers = {b"Authorization": b"alice", b"Content-Type": kind.encode("latin-1")}
    if coding is not None:
        headers[b"Content-Encoding"] = coding.encode()

    answer = http.post(cloud.rest("/token"), content=body.encode(), headers=headers)

    assert answer.status_code == 200, answer.text
    assert (answer.json()["body"] or "") == body
