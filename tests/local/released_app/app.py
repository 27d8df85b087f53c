"""A function behind a REST API and in a saga, called as RideFlow's are: by alias, and by the saga's release."""

import hashlib
import json
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigateway, aws_iam, aws_lambda, aws_sqs, aws_stepfunctions

CODE = Path(__file__).parent / "code"
NAME = "rideflow-local-tests-answer"
TASK, INVOKE = "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "arn:aws:states:::lambda:invoke"

app = cdk.App()
where = cdk.Environment(account="000000000000", region="us-east-1")
stack = cdk.Stack(app, "RideFlow-local-api", env=where)
function = aws_lambda.Function(
    stack,
    "Function",
    function_name=NAME,
    runtime=aws_lambda.Runtime.PYTHON_3_13,
    handler="answer.handler",
    code=aws_lambda.Code.from_asset(str(CODE)),
    environment={"RELEASE_NAME": f"r-{hashlib.sha256((CODE / 'answer.py').read_bytes()).hexdigest()[:12]}"},
)
first = aws_lambda.Version(stack, "FirstVersion", lambda_=function, removal_policy=cdk.RemovalPolicy.RETAIN)
alias = aws_lambda.Alias(stack, "Live", alias_name="live", version=first)
api = aws_apigateway.LambdaRestApi(stack, "Api", handler=alias)
queue = aws_sqs.Queue(stack, "Waiting")
definition = {
    "StartAt": "Wait",
    "States": {
        "Wait": {
            "Type": "Task",
            "Resource": TASK,
            "Parameters": {"QueueUrl": queue.queue_url, "MessageBody": {"token.$": "$$.Task.Token"}},
            "ResultPath": None,
            "Next": "Answer",
        },
        "Answer": {
            "Type": "Task",
            "Resource": INVOKE,
            "Parameters": {
                "FunctionName.$": "States.Format('${AnswerFunctionArn}:{}', $$.Execution.Input.release)",
                "Payload": {},
            },
            "OutputPath": "$.Payload.body",
            "End": True,
        },
    },
}
role = aws_iam.Role(stack, "SagasRole", assumed_by=aws_iam.ServicePrincipal("states.amazonaws.com"))
machine = aws_stepfunctions.StateMachine(
    stack,
    "Saga",
    state_machine_name="rideflow-local-saga",
    role=role,
    definition_body=aws_stepfunctions.DefinitionBody.from_string(json.dumps(definition)),
    definition_substitutions={"AnswerFunctionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{NAME}"},
)
queue.grant_send_messages(machine)
machine.add_to_role_policy(
    aws_iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[f"{function.function_arn}:r-*"])
)
for name, value in {
    "RestApiId": api.rest_api_id,
    "RestStage": api.deployment_stage.stage_name,
    "SagaArn": machine.state_machine_arn,
    "WaitingUrl": queue.queue_url,
}.items():
    cdk.CfnOutput(stack, name, value=value)
app.synth()
