"""A stack of plain CloudFormation that touches every part of the plugin."""

from api_templates import described_api, rest_api, socket_api
from site_template import site
from stack_handlers import AUTHORIZER, CONNECT, CONSUMER, CUSTOM, DISCONNECT, ECHO
from template_parts import Resource, allow, att, function, grants, policy, ref, resource, role

POSTGRES = "127.0.0.1:15432"
REDIS = "127.0.0.1:16379"


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
    logging = {"LogGroup": ref("EchoLog"), "LogFormat": "JSON", "SystemLogLevel": "WARN"}
    return {
        **roles(),
        "EchoLog": resource("Logs::LogGroup", RetentionInDays=7 * version),
        "Echo": function(ECHO % version, Environment={"Variables": settings}, LoggingConfig=logging),
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
           "CustomHandler", "Custom", "Role", "Authorizer", "Sealed", "Key", "LiveConsumer",
           "Files", "Distribution")  # fmt: skip


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
            **site(version),
        },
        "Outputs": {name: {"Value": ref(name)} for name in OUTPUTS},
    }
