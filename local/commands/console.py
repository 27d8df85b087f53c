"""The console's build, as commands need it that publish it."""


def build_console() -> None:
    """Build it if a source of it has changed since `make setup`. Costs a few files' reading if none has."""
    from local import setup
    from local.console.files import ConsoleError

    try:
        setup.make(setup.console())
    except setup.SetupError as error:
        raise ConsoleError(f"The console cannot be built: {error}") from None
