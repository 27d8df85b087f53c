"""identity: the user pool, sign-in, and the authorizer of both APIs."""

from __future__ import annotations

import aws_cdk as cdk

from infra.constructs.context import AWAITED, Context
from infra.constructs.user_pool import Users
from infra.contexts.cloud import Cloud


def declare(context: Context, cloud: Cloud) -> None:
    users = Users(context.scope, "Users", stage=context.stage)
    cdk.CfnOutput(context.scope, "UserPoolId", value=users.pool.user_pool_id)
    cdk.CfnOutput(context.scope, "UserPoolClientId", value=users.client.user_pool_client_id)

    pool = users.capability
    context.function("authorize", pool, cloud.sessions, cloud.roles, limits=AWAITED)
    asking_for_roles = ("AdminGetUser", "AdminListGroupsForUser")
    registering = pool.allowing(*asking_for_roles, "AdminAddUserToGroup", "AdminDeleteUser")
    context.rest("POST /v1/auth/register", "register", registering, cloud.guards, public=True)
    confirming = pool.allowing(*asking_for_roles)
    telling = (cloud.bus, cloud.person_keys.making())
    context.rest("POST /v1/auth/confirm", "confirm", confirming, cloud.guards, *telling, public=True)
    context.rest("POST /v1/auth/login", "login", pool, cloud.guards, public=True)
    context.rest("POST /v1/auth/refresh", "refresh", pool, cloud.guards, public=True)
    ending = (cloud.sessions.ending(), cloud.bus)
    context.rest("POST /v1/auth/logout", "logout", pool, cloud.guards, *ending, public=True)
