"""A function behind a REST API: the smallest app that shows that the local cloud runs CDK's deployments."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigateway, aws_lambda

app = cdk.App()
where = cdk.Environment(account="000000000000", region="us-east-1")
stack = cdk.Stack(app, "RideFlow-local-api", env=where)
function = aws_lambda.Function(
    stack,
    "Function",
    function_name="rideflow-local-tests-hello",
    runtime=aws_lambda.Runtime.PYTHON_3_13,
    handler="hello.handler",
    code=aws_lambda.Code.from_asset(str(Path(__file__).parent / "code")),
)
alias = aws_lambda.Alias(stack, "Live", alias_name="live", version=aws_lambda.Version(stack, "First", lambda_=function))
api = aws_apigateway.LambdaRestApi(stack, "Api", handler=alias)
cdk.CfnOutput(stack, "RestApiId", value=api.rest_api_id)
cdk.CfnOutput(stack, "RestStage", value=api.deployment_stage.stage_name)
app.synth()
