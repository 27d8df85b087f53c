"""`rideflow operator EMAIL`."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from local.commands.output import console, fail, running_stack

if TYPE_CHECKING:
    from local.record import StackRecord

GROUP = "operator"


def operator(
    email: Annotated[
        str,
        typer.Argument(metavar="EMAIL", help="The person to make an operator; an account is made if there is none."),
    ],
    password: Annotated[
        str | None, typer.Option(help="The account's new password; asked for without it.", show_default=False)
    ] = None,
) -> None:
    """Make somebody an operator of the stack on this machine. On AWS an administrator does it at Cognito.

    Nobody can register as an operator; operators verify drivers, see zones and dispatch by hand.
    """
    from botocore.exceptions import ClientError

    from local.emulators import local_client

    record = running_stack()
    chosen = password or _asked_for()
    try:
        appoint(local_client("cognito-idp", record.endpoint_url), record, email, chosen)
    except ClientError as error:
        raise fail(error.response["Error"]["Message"]) from None
    console.print(f"{email} is an operator.", highlight=False)


def _asked_for() -> str:
    if not sys.stdin.isatty():
        raise fail("Without a terminal, give the account's new password by --password.")
    return str(typer.prompt("Password", hide_input=True))


def appoint(cognito: Any, record: "StackRecord", email: str, password: str) -> None:
    """Repeating it sets the password again."""
    user = {"UserPoolId": record.user_pool_id, "Username": email}
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    try:
        cognito.admin_create_user(**user, MessageAction="SUPPRESS", UserAttributes=attributes)
    except cognito.exceptions.UsernameExistsException:
        cognito.admin_update_user_attributes(**user, UserAttributes=attributes[1:])
    cognito.admin_set_user_password(**user, Password=password, Permanent=True)
    cognito.admin_add_user_to_group(**user, GroupName=GROUP)
