"""Where things are in this checkout; everything that running leaves behind is under the ignored `.rideflow` folder."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".rideflow"
VENV = ROOT / ".venv"
TOOLS = STATE / "bin"
LOGS = STATE / "logs"
POSTGRES_DATA = STATE / "postgres"
REDIS_DATA = STATE / "redis"
LOCALSTACK_DATA = STATE / "localstack"
STACK_FILE = STATE / "stack.json"
SUPERVISOR_LOCK = STATE / "supervisor.lock"
CHILDREN_LOCK = STATE / "children.lock"
LOCALSTACK_PYTHON = STATE / "venvs" / "localstack" / "bin" / "python"
MINISTACK = STATE / "venvs" / "ministack" / "bin" / "ministack"
LAMBDA_PYTHON = STATE / "venvs" / "lambda" / "bin" / "python"
CDK_OUT = STATE / "cdk.out"
