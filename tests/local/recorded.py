"""A stack's record, as a deploy leaves it."""

from local.record import StackRecord

RECORD = StackRecord(
    pid=1,
    endpoint_url="http://127.0.0.1:14566",
    database_url="postgresql://postgres@127.0.0.1:15432/rideflow",
    redis_url="redis://127.0.0.1:16379",
    cognito_url="http://127.0.0.1:14567",
    stripe_url="http://127.0.0.1:12111",
    stripe_api_key="sk_test_1",
    stripe_webhook_secret="whsec_1",
)


OUTPUTS = {
    "RideFlow-local-api": {"RestApiId": "r1", "RestStage": "live", "WebSocketApiId": "w1", "WebSocketStage": "live"},
    "RideFlow-local-identity": {"UserPoolId": "us-east-1_pool"},
}
