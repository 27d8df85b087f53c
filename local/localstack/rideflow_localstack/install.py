"""What LocalStack runs while it starts: puts each part of this package in its place."""

from localstack.runtime import hooks

from . import jsonata, loopback, providers


@hooks.on_infra_start()
def install() -> None:
    """Close the gaps of the open-source release that RideFlow's stacks would fall into."""
    providers.select()
    loopback.install()
    jsonata.install()
