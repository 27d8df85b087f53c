"""identity: the user pool, sign-in, and the authorizers of both APIs."""

from __future__ import annotations

import aws_cdk as cdk

from infra.constructs.context import Context
from infra.constructs.user_pool import Users
from infra.contexts.cloud import Cloud


def declare(context: Context, _cloud: Cloud) -> None:
    users = Users(context.scope, "Users", stage=context.stage)
    cdk.CfnOutput(context.scope, "UserPoolId", value=users.pool.user_pool_id)
    cdk.CfnOutput(context.scope, "UserPoolClientId", value=users.client.user_pool_client_id)
    identity = users.capability
    context.function("rest_authorizer", identity)
    context.function("websocket_authorizer", identity)
