"""LocalStack's runtime executor for `LAMBDA_RUNTIME_EXECUTOR=process`."""

from pathlib import Path
from typing import Any, override

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from .. import settings
from .environment import Environment, Function
from .platform_log import PlatformLog
from .runtime_api import InitError, Invocation
from .runtimes import FIXED, inherited, launcher, library_paths

HOST = "127.0.0.1"


class ProcessRuntimeExecutor(RuntimeExecutor):  # type: ignore[misc]
    """Joins LocalStack's life cycle of an execution environment to our `Environment`."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002 - LocalStack's name
        super().__init__(id=id, function_version=function_version)
        self._environment: Environment | None = None

    @override
    def start(self, env_vars: dict[str, str]) -> None:
        configuration = self.function_version.config
        code = str(configuration.code.get_unzipped_code_location())
        layers = [str(layer.code.get_unzipped_code_location()) for layer in configuration.layers or []]
        identity = self.function_version.id
        function = Function(
            name=identity.function_name,
            version=identity.qualifier,
            launch=launcher(configuration.runtime or "", configuration.handler or "", code, layers),
            timeout_s=configuration.timeout,
            memory_mb=configuration.memory_size,
            platform_log=PlatformLog.of(configuration.logging_config),
        )
        given = {name: str(value) for name, value in env_vars.items() if value is not None}
        variables = {**inherited(), **given, **FIXED, **library_paths(code, layers), "LAMBDA_TASK_ROOT": code}
        self._environment = Environment(
            function, variables, _log_file(function.name), config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT
        )
        try:
            self._environment.start()
        except InitError as error:
            raise StatusErrorException(str(error), payload=error.payload) from error

    @override
    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        assert self._environment is not None
        result = self._environment.invoke(
            Invocation(
                request_id=payload["invoke-id"],
                function_arn=payload["invoked-function-arn"],
                trace_id=payload["trace-id"],
                payload=payload["payload"].encode(),
                timeout_s=self.function_version.config.timeout,
            )
        )
        return InvocationResult(payload["invoke-id"], result.payload, is_error=result.is_error, logs=result.logs)

    @override
    def stop(self) -> None:
        if self._environment:
            self._environment.stop()

    @override
    def get_address(self) -> str:
        return HOST

    @override
    def get_endpoint_from_executor(self) -> str:
        return HOST

    @override
    def get_runtime_endpoint(self) -> str:
        return f"http://{HOST}:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    @override
    def get_logs(self) -> str:
        return self._environment.logs() if self._environment else ""

    @classmethod
    @override
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack the code and its layers, once for all environments of the version."""
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()
        for layer in function_version.config.layers or []:
            layer.code.prepare_for_execution()

    @classmethod
    @override
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Do nothing: layers are shared with other versions, and code is deleted with LocalStack's state."""


def _log_file(function_name: str) -> Path | None:
    folder = settings.function_logs()
    if not folder:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{function_name}.log"
    file.touch()  # a function that ran and said nothing can be told from one that never ran
    return file


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):  # type: ignore[misc]
    """Registered under the name that `LAMBDA_RUNTIME_EXECUTOR` selects."""

    name = "process"

    @override
    def load(self, *_args: Any, **_kwargs: Any) -> type[ProcessRuntimeExecutor]:
        return ProcessRuntimeExecutor
