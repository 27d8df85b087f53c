"""Installs each part of this package; LocalStack runs this while it starts."""

from localstack.runtime import hooks


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def install() -> None:
    """Close the gaps of the open-source release."""
    # Imported here: LocalStack lists its hooks at every start, also of its command line tools.
    from . import (
        cognito,
        gateway_errors,
        jsonata,
        loopback,
        object_files,
        providers,
        raw_bodies,
        remembering,
        request_templates,
        rest_import,
        rest_integration,
        step_functions,
    )
    from .authorization import enforcement
    from .authorizers import rest
    from .cloudformation import engine
    from .cloudfront import serving
    from .lambda_executor import archives, bookkeeping, bursts, queue_polling, versions
    from .scheduler import rules, runner
    from .websocket import api

    for part in (providers, loopback, object_files, remembering, jsonata, step_functions, engine, cognito):
        part.install()
    for part in (
        archives,
        bookkeeping,
        bursts,
        queue_polling,
        versions,
        gateway_errors,
        raw_bodies,
        rest_import,
        rest_integration,
        request_templates,
        rest,
        enforcement,
        api,
        serving,
        rules,
        runner,
    ):
        part.install()
