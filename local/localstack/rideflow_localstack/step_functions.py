"""SDK integrations of Step Functions whose service has another name in Java, as states spell it, than in boto3."""

from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service import (
    state_task_service as services,
)

NAMES = {
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "eventbridge": "events",
}


def install() -> None:
    """Add what LocalStack's own list of such names leaves out."""
    services.StateTaskService._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES.update(NAMES)
