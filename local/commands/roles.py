"""`rideflow roles`: lists and changes the permissions of each role on this machine's stack."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from local.commands.output import console, fail, running_stack

if TYPE_CHECKING:
    from rideflow.identity.model import RoleChange, Roles
    from rideflow.identity.role_changes import RoleChanges

app = typer.Typer(
    name="roles",
    no_args_is_help=False,
    invoke_without_command=True,
    help="List what each role permits on the stack on this machine, and change it: in force within five seconds.",
)

TheRole = Annotated[str, typer.Argument(metavar="ROLE", help="A role of the release, or a group of the user pool.")]
ThePermission = Annotated[str, typer.Argument(metavar="PERMISSION", help="As `rideflow roles` lists them.")]


@app.callback()
def list_roles(context: typer.Context) -> None:
    """Without a further command: list every role with its current permissions."""
    if context.invoked_subcommand is None:
        _show(_changes())


@app.command()
def grant(role: TheRole, permission: ThePermission) -> None:
    """Grant the permission to the role."""
    _change(role, permission, lambda change: (change.granted | {permission}, change.denied - {permission}))


@app.command()
def deny(role: TheRole, permission: ThePermission) -> None:
    """Take the permission from the role."""
    _change(role, permission, lambda change: (change.granted - {permission}, change.denied | {permission}))


@app.command()
def reset(role: TheRole, permission: ThePermission) -> None:
    """Remove staff's grant or denial: the release decides whether the role has the permission."""
    _change(role, permission, lambda change: (change.granted - {permission}, change.denied - {permission}))


def _change(role: str, permission: str, new: "Callable[[RoleChange], tuple[frozenset[str], frozenset[str]]]") -> None:
    from rideflow.identity.errors import RoleChangedMeanwhileError
    from rideflow.identity.model import RoleChange, known_permissions

    if permission not in known_permissions():
        raise fail(f"{permission} is no permission. Known are: {', '.join(sorted(known_permissions()))}.")
    table = _changes()
    before = table.of(role) or RoleChange(role, version=0)
    granted, denied = new(before)
    try:
        table.put(replace(before, granted=granted, denied=denied, version=before.version + 1))
    except RoleChangedMeanwhileError:
        raise fail(f"Somebody else changed {role} just now. Look at `rideflow roles` and try again.") from None
    _show(table, role)


def _show(table: "RoleChanges", *only: str) -> None:
    from rich.table import Table

    from rideflow.identity.model import shipped_roles

    shipped = shipped_roles()
    now = shipped.changed(table.all())
    shown = Table("role", "permits", box=None, padding=(0, 3, 0, 0))
    for name in only or now.by_name:
        shown.add_row(name, ", ".join(_marked(name, now, shipped)))
    console.print(shown)


def _marked(role: str, now: "Roles", shipped: "Roles") -> list[str]:
    """Each permission of the role; `+` marks permissions granted and `-` permissions denied since the release."""
    before = shipped.by_name[role].permissions if role in shipped.by_name else frozenset[str]()
    after = now.by_name[role].permissions
    signs = dict.fromkeys(after - before, "+") | dict.fromkeys(before - after, "-")
    return [f"{signs.get(permission, '')}{permission}" for permission in sorted(before | after)]


def _changes() -> "RoleChanges":
    from local.emulators import local_client
    from rideflow.identity.role_changes import RoleChanges

    record = running_stack()
    client = local_client("dynamodb", record.endpoint_url)
    return RoleChanges(str(record.output("RoleChangesTable")), lambda: client)
