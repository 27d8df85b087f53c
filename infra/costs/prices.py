"""AWS's on-demand list prices of us-east-1 with the free tiers that do not end, without volume discounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

type Confirmed = Literal["on AWS's page", "by others", "not confirmed"]
"""Where the figure was confirmed when it was entered here: in a stored copy of AWS's own page, in a stored page of
somebody else that names the region or its list price, or nowhere (then it is entered from memory)."""


@dataclass(frozen=True)
class Price:
    """USD for one `unit`; `per` of them make the unit that AWS states the price for."""

    service: str
    name: str
    usd: float
    per: int
    unit: str
    page: str
    """The path of the pricing page at aws.amazon.com."""
    confirmed: Confirmed
    free: float = 0
    """Units of each month that an account has for nothing, for as long as it exists."""

    def usd_of(self, quantity: float) -> float:
        return max(0.0, quantity - self.free) * self.usd_each

    @property
    def usd_each(self) -> float:
        return self.usd / self.per

    @property
    def stated(self) -> str:
        """Such as `$0.2 per 1,000,000 requests`."""
        return f"${self.usd:.10g} per {f'{self.per:,} ' if self.per > 1 else ''}{self.unit}"


MILLION = 1_000_000

ACU_HOUR = Price("Aurora", "Serverless v2 capacity", 0.12, 1, "ACU-hour", "rds/aurora/pricing", "by others")
AURORA_STORAGE = Price("Aurora", "storage", 0.10, 1, "GB-month", "rds/aurora/pricing", "by others")
AURORA_IO = Price("Aurora", "storage requests", 0.20, MILLION, "requests", "rds/aurora/pricing", "by others")
PROXY_ACU_HOUR = Price(
    "RDS Proxy", "capacity of its database", 0.015, 1, "ACU-hour", "rds/proxy/pricing", "not confirmed"
)
_REDIS_USD = {
    "cache.t4g.micro": 0.016,
    "cache.t4g.small": 0.032,
    "cache.t4g.medium": 0.065,
    "cache.m7g.large": 0.158,
    "cache.r7g.large": 0.219,
}
_VALKEY_SHARE = 0.8
"""AWS announced that a node of Valkey costs a fifth less than the same node of Redis."""


def _node(engine: str, type_: str, usd: float) -> Price:
    return Price("ElastiCache", f"{engine} {type_}", usd, 1, "node-hour", "elasticache/pricing", "not confirmed")


REDIS_NODE_HOUR = {
    **{("redis", type_): _node("Redis", type_, usd) for type_, usd in _REDIS_USD.items()},
    **{("valkey", type_): _node("Valkey", type_, round(usd * _VALKEY_SHARE, 4)) for type_, usd in _REDIS_USD.items()},
}
"""By engine and type of node."""
KMS_KEY = Price("KMS", "key", 1.00, 1, "key-month", "kms/pricing", "on AWS's page")
SECRET = Price("Secrets Manager", "secret", 0.40, 1, "secret-month", "secrets-manager/pricing", "by others")
WEB_ACL = Price("WAF", "web ACL", 5.00, 1, "ACL-month", "waf/pricing", "by others")
WEB_ACL_RULE = Price("WAF", "rule or managed rule group", 1.00, 1, "rule-month", "waf/pricing", "by others")
WEB_ACL_REQUESTS = Price("WAF", "requests inspected", 0.60, MILLION, "requests", "waf/pricing", "by others")
ALARM = Price(
    "CloudWatch", "alarm, for each of its metrics", 0.10, 1, "metric-month", "cloudwatch/pricing", "by others", free=10
)
CUSTOM_METRIC = Price(
    "CloudWatch", "metrics of our own", 0.30, 1, "metric-month", "cloudwatch/pricing", "by others", free=10
)
LOG_INGESTION = Price("CloudWatch", "logs taken in", 0.50, 1, "GB", "cloudwatch/pricing", "by others", free=5)
LOG_STORAGE = Price("CloudWatch", "logs kept", 0.03, 1, "GB-month", "cloudwatch/pricing", "not confirmed")
TRACE = Price("X-Ray", "traces recorded", 5.00, MILLION, "traces", "xray/pricing", "on AWS's page", free=100_000)
LAMBDA_REQUEST = Price("Lambda", "invocations", 0.20, MILLION, "requests", "lambda/pricing", "by others", free=MILLION)
LAMBDA_GB_S = Price(
    "Lambda", "duration, arm64", 13.3334, MILLION, "GB-seconds", "lambda/pricing", "by others", free=400_000
)
REST_REQUEST = Price("API Gateway", "REST calls", 3.50, MILLION, "requests", "api-gateway/pricing", "by others")
WEBSOCKET_MESSAGE = Price(
    "API Gateway", "WebSocket messages", 1.00, MILLION, "messages", "api-gateway/pricing", "by others"
)
WEBSOCKET_MINUTE = Price(
    "API Gateway", "WebSocket connections", 0.25, MILLION, "connection-minutes", "api-gateway/pricing", "by others"
)
TRANSFER_OUT = Price("Data transfer", "to the internet", 0.09, 1, "GB", "ec2/pricing/on-demand", "by others", free=100)
TRANSITION = Price(
    "Step Functions",
    "state transitions",
    0.025,
    1_000,
    "transitions",
    "step-functions/pricing",
    "on AWS's page",
    free=4_000,
)
EVENT = Price("EventBridge", "events published", 1.00, MILLION, "events", "eventbridge/pricing", "by others")
ARCHIVED_EVENTS = Price("EventBridge", "events archived", 0.10, 1, "GB", "eventbridge/pricing", "by others")
SCHEDULED_RUN = Price(
    "EventBridge", "scheduled runs", 1.00, MILLION, "runs", "eventbridge/pricing", "by others", free=14 * MILLION
)
SQS_REQUEST = Price("SQS", "requests", 0.40, MILLION, "requests", "sqs/pricing", "by others", free=MILLION)
TABLE_READ = Price(
    "DynamoDB", "read units, on demand", 0.125, MILLION, "units", "dynamodb/pricing/on-demand", "by others"
)
TABLE_WRITE = Price(
    "DynamoDB", "write units, on demand", 0.625, MILLION, "units", "dynamodb/pricing/on-demand", "by others"
)
PATH_PUT = Price("S3", "objects written", 0.005, 1_000, "requests", "s3/pricing", "by others")
PATH_STORAGE = Price("S3", "standard storage", 0.023, 1, "GB-month", "s3/pricing", "by others")
EDGE_TRANSFER = Price(
    "CloudFront",
    "to browsers, in North America and Europe",
    0.085,
    1,
    "GB",
    "cloudfront/pricing",
    "on AWS's page",
    free=1_024,
)
EDGE_REQUEST = Price(
    "CloudFront", "requests by HTTPS", 1.00, MILLION, "requests", "cloudfront/pricing", "by others", free=10 * MILLION
)
CONSOLE_STORAGE = Price("S3", "files of the console", 0.023, 1, "GB-month", "s3/pricing", "by others")
ACTIVE_USER = Price(
    "Cognito", "monthly active users, Essentials", 0.015, 1, "users", "cognito/pricing", "by others", free=10_000
)


def every_price() -> list[Price]:
    """In the order of this table, cache nodes last."""
    single = [value for value in globals().values() if isinstance(value, Price)]
    return [*single, *REDIS_NODE_HOUR.values()]
