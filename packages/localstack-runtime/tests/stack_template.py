"""A stack of plain CloudFormation that touches every part of the plugin."""

from typing import Any

from stack_handlers import AUTHORIZER, CONNECT, CONSUMER, CUSTOM, DISCONNECT, ECHO

POSTGRES = "127.0.0.1:15432"
REDIS = "127.0.0.1:16379"
RUNTIME = "python3.13"

Resource = dict[str, Any]


def ref(name: str) -> Resource:
    return {"Ref": name}


def att(name: str, attribute: str) -> Resource:
    return {"Fn::GetAtt": [name, attribute]}


def resource(kind: str, **properties: Any) -> Resource:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def function(code: str, **properties: Any) -> Resource:
    return resource(
        "Lambda::Function",
        Runtime=RUNTIME,
        Handler="index.handler",
        Code={"ZipFile": code},
        Role=att("Role", "Arn"),
        **{"Timeout": 5, "MemorySize": 256, **properties},
    )


def invocation_uri(name: str) -> Resource:
    path = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Arn}/invocations"
    return {"Fn::Sub": [path, {"Arn": att(name, "Arn")}]}


def policy(*statements: Resource) -> Resource:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: str | list[str], resources: Any, **more: Any) -> Resource:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def role() -> Resource:
    services = [f"{name}.amazonaws.com" for name in ("lambda", "scheduler", "states")]
    trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    return resource("IAM::Role", AssumeRolePolicyDocument=policy(trust))


def grants(role: str, *statements: Resource) -> Resource:
    return resource("IAM::Policy", PolicyName=role, Roles=[ref(role)], PolicyDocument=policy(*statements))


def roles() -> dict[str, Resource]:
    queues = [att("Queue", "Arn"), att("DeadLetters", "Arn")]
    return {
        "Role": role(),
        "Grants": grants(
            "Role",
            allow("sqs:*", queues),
            allow("lambda:InvokeFunction", att("Echo", "Arn")),
            allow("events:PutEvents", att("Bus", "Arn")),
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:*:*:log-group:*"),
        ),
        "QueuePolicy": resource(
            "SQS::QueuePolicy",
            Queues=[ref("Queue")],
            PolicyDocument=policy(
                allow(
                    "sqs:SendMessage",
                    att("Queue", "Arn"),
                    Principal={"Service": "events.amazonaws.com"},
                    Condition={"ArnEquals": {"aws:SourceArn": att("Rule", "Arn")}},
                )
            ),
        ),
        **{
            f"{name}Permission": resource(
                "Lambda::Permission",
                FunctionName=ref(name),
                Action="lambda:InvokeFunction",
                Principal="apigateway.amazonaws.com",
            )
            for name in ("Authorizer", "Connect", "Disconnect", "Echo")
        },
    }


def functions(version: int) -> dict[str, Resource]:
    settings = {
        "DATABASE_HOST": att("Cluster", "Endpoint.Address"),
        "DATABASE_PORT": att("Cluster", "Endpoint.Port"),
        "PROXY": att("Proxy", "Endpoint"),
        "REDIS_HOST": att("Cache", "ConfigurationEndPoint.Address"),
        "REDIS_PORT": att("Cache", "ConfigurationEndPoint.Port"),
        "CUSTOM": att("Custom", "Answer"),
    }
    return {
        **roles(),
        "EchoLog": resource("Logs::LogGroup", RetentionInDays=7 * version),
        "Echo": function(
            ECHO % version, Environment={"Variables": settings}, LoggingConfig={"LogGroup": ref("EchoLog")}
        ),
        "Connect": function(CONNECT),
        "Disconnect": function(DISCONNECT),
        "Authorizer": function(AUTHORIZER),
        "Consumer": function(CONSUMER),
        "ConsumerVersion": resource("Lambda::Version", FunctionName=ref("Consumer")),
        "LiveConsumer": resource(
            "Lambda::Alias",
            FunctionName=ref("Consumer"),
            FunctionVersion=att("ConsumerVersion", "Version"),
            Name="live",
            Description=f"version {version}",
        ),
        "CustomHandler": function(CUSTOM),
        "Custom": {
            "Type": "Custom::Thing",
            "Properties": {"ServiceToken": att("CustomHandler", "Arn"), "V": f"v{version}"},
        },
    }


def method(path: str, verb: str, **properties: Any) -> Resource:
    integration = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": invocation_uri("Echo")}
    return resource(
        "ApiGateway::Method",
        RestApiId=ref("RestApi"),
        ResourceId=ref(path),
        HttpMethod=verb,
        Integration=integration,
        **{"AuthorizationType": "NONE", **properties},
    )


def path(name: str) -> Resource:
    parent = att("RestApi", "RootResourceId")
    return resource("ApiGateway::Resource", RestApiId=ref("RestApi"), ParentId=parent, PathPart=name)


def authorizer(kind: str, **properties: Any) -> Resource:
    return resource(
        "ApiGateway::Authorizer",
        RestApiId=ref("RestApi"),
        Name=kind,
        Type=kind,
        AuthorizerUri=invocation_uri("Authorizer"),
        **properties,
    )


def rest_api(version: int) -> dict[str, Resource]:
    problem = '{"title":"$context.error.responseType","detail":$context.error.messageString}'
    by_token = {"AuthorizationType": "CUSTOM", "AuthorizerId": ref("TokenAuthorizer")}
    methods = {
        "OpenGet": method("Open", "GET"),
        "TokenGet": method("Token", "GET", **by_token),
        "TokenPost": method("Token", "POST", **by_token),
        "RequestGet": method("Request", "GET", AuthorizationType="CUSTOM", AuthorizerId=ref("RequestAuthorizer")),
        "PoolGet": method("Pooled", "GET", AuthorizationType="COGNITO_USER_POOLS", AuthorizerId=ref("PoolAuthorizer")),
    }
    if version > 1:
        methods |= {"New": path("new"), "NewGet": method("New", "GET")}
    sources = "method.request.header.Authorization,method.request.querystring.q"
    deployment = f"Deployment{version}"
    return {
        "RestApi": resource("ApiGateway::RestApi", Name="plugin"),
        **{name: path(name.lower()) for name in ("Open", "Token", "Request", "Pooled")},
        "TokenAuthorizer": authorizer(
            "TOKEN",
            IdentitySource="method.request.header.Authorization",
            IdentityValidationExpression="[a-z]+",
            AuthorizerResultTtlInSeconds=2,
        ),
        "RequestAuthorizer": authorizer("REQUEST", IdentitySource=sources, AuthorizerResultTtlInSeconds=0),
        "PoolAuthorizer": resource(
            "ApiGateway::Authorizer",
            RestApiId=ref("RestApi"),
            Name="pool",
            Type="COGNITO_USER_POOLS",
            ProviderARNs=[att("Pool", "Arn")],
            IdentitySource="method.request.header.Authorization",
        ),
        "Unauthorized": resource(
            "ApiGateway::GatewayResponse",
            RestApiId=ref("RestApi"),
            ResponseType="UNAUTHORIZED",
            StatusCode="401",
            ResponseParameters={"gatewayresponse.header.WWW-Authenticate": "'Bearer'"},
            ResponseTemplates={"application/problem+json": problem},
        ),
        **methods,
        deployment: {
            **resource("ApiGateway::Deployment", RestApiId=ref("RestApi")),
            "DependsOn": [*methods, "Unauthorized"],
        },
        "RestStage": resource(
            "ApiGateway::Stage", RestApiId=ref("RestApi"), DeploymentId=ref(deployment), StageName="local"
        ),
    }


def described_operation(**properties: Any) -> Resource:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": invocation_uri("Echo")}
    return {
        "responses": {"200": {"description": "Echo"}},
        "x-amazon-apigateway-integration": integration,
        **properties,
    }


def described_document(version: int) -> Resource:
    """The second version has another path, and knows neither the first one's `/old` nor its response to 404."""
    refused = {
        "type": "mock",
        "passthroughBehavior": "never",
        "requestTemplates": {"application/json": '{"statusCode": 405}'},
        "responses": {"default": {"statusCode": "405", "responseTemplates": {"application/json": "refused"}}},
    }
    others = {"responses": {"405": {"description": "Refusal"}}, "x-amazon-apigateway-integration": refused}
    responses: dict[str, Resource] = {
        "UNAUTHORIZED": {
            "statusCode": 401,
            "responseParameters": {"gatewayresponse.header.WWW-Authenticate": "'Bearer'"},
            "responseTemplates": {"application/problem+json": f'{{"version": {version}}}'},
        }
    }
    if version == 1:
        responses["MISSING_AUTHENTICATION_TOKEN"] = {
            "statusCode": "404",
            "responseTemplates": {"text/plain": "nowhere"},
        }
    return {
        "openapi": "3.0.1",
        "info": {"title": "described", "version": str(version)},
        "paths": {
            "/open": {"get": described_operation(), "x-amazon-apigateway-any-method": others},
            "/token": {"get": described_operation(security=[{"bearer": []}])},
            "/old" if version == 1 else "/new": {"get": described_operation()},
        },
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "custom",
                    "x-amazon-apigateway-authorizer": {
                        "type": "token",
                        "authorizerUri": invocation_uri("Authorizer"),
                        "authorizerResultTtlInSeconds": 2,
                    },
                }
            }
        },
        "x-amazon-apigateway-gateway-responses": responses,
    }


def described_api(version: int) -> dict[str, Resource]:
    """A REST API made of an OpenAPI document."""
    deployment = f"DescribedDeployment{version}"
    return {
        "DescribedApi": resource(
            "ApiGateway::RestApi", Name="described", Mode="overwrite", Body=described_document(version)
        ),
        deployment: resource("ApiGateway::Deployment", RestApiId=ref("DescribedApi")),
        "DescribedStage": resource(
            "ApiGateway::Stage", RestApiId=ref("DescribedApi"), DeploymentId=ref(deployment), StageName="local"
        ),
    }


def socket_route(key: str, target: str, *, responds: bool = False, **properties: Any) -> dict[str, Resource]:
    name = key.strip("$").title()
    if responds:
        properties["RouteResponseSelectionExpression"] = "$default"
    parts = {
        f"{name}Integration": resource(
            "ApiGatewayV2::Integration",
            ApiId=ref("SocketApi"),
            IntegrationType="AWS_PROXY",
            IntegrationUri=invocation_uri(target),
        ),
        f"{name}Route": resource(
            "ApiGatewayV2::Route",
            ApiId=ref("SocketApi"),
            RouteKey=key,
            Target={"Fn::Join": ["/", ["integrations", ref(f"{name}Integration")]]},
            **properties,
        ),
    }
    if responds:
        parts[f"{name}Response"] = resource(
            "ApiGatewayV2::RouteResponse",
            ApiId=ref("SocketApi"),
            RouteId=ref(f"{name}Route"),
            RouteResponseKey="$default",
        )
    return parts


def socket_api() -> dict[str, Resource]:
    authorized: Resource = {"AuthorizationType": "CUSTOM", "AuthorizerId": ref("SocketAuthorizer")}
    return {
        "SocketApi": resource(
            "ApiGatewayV2::Api",
            Name="plugin",
            ProtocolType="WEBSOCKET",
            RouteSelectionExpression="$request.body.action",
        ),
        "SocketAuthorizer": resource(
            "ApiGatewayV2::Authorizer",
            ApiId=ref("SocketApi"),
            Name="request",
            AuthorizerType="REQUEST",
            AuthorizerUri=invocation_uri("Authorizer"),
            IdentitySource=["route.request.querystring.token"],
        ),
        **socket_route("$connect", "Connect", **authorized),
        **socket_route("$disconnect", "Disconnect"),
        **socket_route("echo", "Echo", responds=True),
        **socket_route("silent", "Echo"),
        **socket_route("$default", "Echo", responds=True),
        "SocketStage": resource("ApiGatewayV2::Stage", ApiId=ref("SocketApi"), StageName="local"),
    }


def stores() -> dict[str, Resource]:
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    generated = {"SecretStringTemplate": '{"username": "postgres"}', "GenerateStringKey": "password"}
    return {
        "Table": resource(
            "DynamoDB::GlobalTable",
            KeySchema=key,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True},
            Replicas=[{"Region": "us-east-1"}],
        ),
        "Secret": resource("SecretsManager::Secret", GenerateSecretString=generated),
        "Key": resource("KMS::Key"),
        "Sealed": resource(
            "S3::Bucket",
            BucketEncryption={
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": att("Key", "Arn")}}
                ]
            },
        ),
        "Cluster": resource(
            "RDS::DBCluster", Engine="aurora-postgresql", DatabaseName="shop", MasterUsername="postgres"
        ),
        "Attachment": resource(
            "SecretsManager::SecretTargetAttachment",
            SecretId=ref("Secret"),
            TargetId=ref("Cluster"),
            TargetType="AWS::RDS::DBCluster",
        ),
        "Proxy": resource(
            "RDS::DBProxy",
            DBProxyName="plugin",
            EngineFamily="POSTGRESQL",
            RoleArn=att("Role", "Arn"),
            VpcSubnetIds=["a", "b"],
            Auth=[{"SecretArn": ref("Attachment"), "IAMAuth": "REQUIRED"}],
        ),
        "Targets": resource(
            "RDS::DBProxyTargetGroup",
            DBProxyName=ref("Proxy"),
            TargetGroupName="default",
            DBClusterIdentifiers=[ref("Cluster")],
        ),
        "Cache": resource("ElastiCache::ReplicationGroup", ReplicationGroupDescription="cache", Engine="redis"),
        "Pool": resource("Cognito::UserPool", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"]),
        "Client": resource(
            "Cognito::UserPoolClient",
            UserPoolId=ref("Pool"),
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            EnableTokenRevocation=True,
        ),
        "Buyers": resource("Cognito::UserPoolGroup", UserPoolId=ref("Pool"), GroupName="buyer"),
    }


def messaging(version: int) -> dict[str, Resource]:
    redrive = {"deadLetterTargetArn": att("DeadLetters", "Arn"), "maxReceiveCount": 2}
    types = ["OrderPlaced"] if version == 1 else ["OrderPlaced", "OrderPaid"]
    return {
        "DeadLetters": resource("SQS::Queue"),
        "Queue": resource("SQS::Queue", VisibilityTimeout=1, RedrivePolicy=redrive),
        "Mapping": {
            **resource(
                "Lambda::EventSourceMapping",
                FunctionName=ref("Consumer"),
                EventSourceArn=att("Queue", "Arn"),
                FunctionResponseTypes=["ReportBatchItemFailures"],
            ),
            "DependsOn": "Grants",
        },
        "Bus": resource("Events::EventBus", Name="plugin"),
        "Rule": resource(
            "Events::Rule",
            EventBusName=ref("Bus"),
            EventPattern={"source": ["shop"], "detail-type": types},
            Targets=[{"Id": "queue", "Arn": att("Queue", "Arn")}],
        ),
        "Often": resource(
            "Scheduler::Schedule",
            Description=f"version {version}",
            ScheduleExpression="rate(1 minute)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": att("Queue", "Arn"), "RoleArn": att("Role", "Arn"), "Input": "often"},
        ),
        "Workflow": resource(
            "StepFunctions::StateMachine",
            RoleArn=att("Role", "Arn"),
            Definition=workflow(),
            DefinitionSubstitutions={"Echo": att("Echo", "Arn"), "Bus": ref("Bus"), "Queue": ref("DeadLetters")},
        ),
    }


def workflow() -> Resource:
    event = {"Detail": "{}", "DetailType": "OrderPlaced", "Source": "shop", "EventBusName": "${Bus}"}
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Sum",
        "States": {
            "Sum": {"Type": "Pass", "Output": "{% {'sum': $sum($states.input.fares)} %}", "Next": "Ask"},
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Arguments": {"FunctionName": "${Echo}", "Payload": "{% $states.input %}"},
                "Output": "{% {'sum': $states.result.Payload.event.sum} %}",
                "Next": "Tell",
            },
            "Tell": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:eventbridge:putEvents",
                "Arguments": {"Entries": [event]},
                "Output": "{% $states.input %}",
                "Next": "Wait",
            },
            "Wait": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "Arguments": {"QueueUrl": "${Queue}", "MessageBody": "{% $states.context.Task.Token %}"},
                "TimeoutSeconds": 30,
                "End": True,
            },
        },
    }


def watching(version: int) -> dict[str, Resource]:
    return {
        "Address": resource("EC2::EIP", Domain="vpc"),
        "Dashboard": resource("CloudWatch::Dashboard", DashboardBody=f'{{"widgets": [], "version": {version}}}'),
        "Alarm": resource(
            "CloudWatch::Alarm",
            MetricName="Errors",
            Namespace="AWS/Lambda",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=version,
            ComparisonOperator="GreaterThanThreshold",
            Dimensions=[{"Name": "FunctionName", "Value": ref("Echo")}],
        ),
        "Firewall": resource(
            "WAFv2::WebACL",
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig={
                "CloudWatchMetricsEnabled": True,
                "MetricName": "firewall",
                "SampledRequestsEnabled": False,
            },
        ),
    }


OUTPUTS = ("RestApi", "DescribedApi", "SocketApi", "Echo", "Consumer", "Table", "Secret", "Pool", "Client", "Queue",
           "DeadLetters", "Bus", "Workflow", "EchoLog", "Often", "Rule", "Dashboard", "Alarm", "Disconnect",
           "CustomHandler", "Custom", "Role", "Authorizer", "Sealed", "Key", "LiveConsumer")  # fmt: skip


def template(version: int) -> Resource:
    """Version 1 creates; version 2 changes something of every kind that can change in place."""
    return {
        "Resources": {
            **functions(version),
            **rest_api(version),
            **described_api(version),
            **socket_api(),
            **stores(),
            **messaging(version),
            **watching(version),
        },
        "Outputs": {name: {"Value": ref(name)} for name in OUTPUTS},
    }
