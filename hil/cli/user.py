"""`hukka user`: who may use the page of a monitor."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.errors import BadInput

if TYPE_CHECKING:
    from hil.gate.users import Users

app = typer.Typer(name="user", help="Users of the page: add, list, remove.", no_args_is_help=True)

FolderArgument = Annotated[
    Path, typer.Argument(metavar="DATA", help="Data folder of a monitor, or run folder.")
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits and . _ @ -")]
PasswordOption = Annotated[
    Path | None,
    typer.Option(
        "--password-file", metavar="FILE", help="First line of it.", show_default="asked for"
    ),
]


@app.command("add", epilog="Example: hukka user add data anna --role engineer")
def add(
    data: FolderArgument,
    name: NameArgument,
    role: Annotated[str, typer.Option(help="viewer, operator or engineer.")],
    password_file: PasswordOption = None,
) -> None:
    """Make a user: a viewer looks, an operator acts on alarms, an engineer does everything."""
    from hil.gate.users import Users, role_of
    from hil.page.changes import change_user

    _check(data)
    role_of(role)
    users, password = Users(data), _password(password_file)
    change_user(data, "user_added", _me(), name, lambda: users.add(name, role, password), role=role)
    typer.echo(f"{name}: {role}")


@app.command("list", epilog="Example: hukka user list data")
def list_(data: FolderArgument) -> None:
    """Names and roles."""
    from hil.gate.users import Users

    _check(data)
    for name, role in Users(data).roles().items():
        typer.echo(f"{name}: {role.word}")


@app.command("remove", epilog="Example: hukka user remove data anna")
def remove(data: FolderArgument, name: NameArgument) -> None:
    """Take a user away; their sessions end at once."""
    from hil.page.changes import change_user

    users = _users_with(data, name)
    change_user(data, "user_removed", _me(), name, lambda: users.remove(name))
    typer.echo(f"{name}: removed")


@app.command("passwd", epilog="Example: hukka user passwd data anna")
def passwd(data: FolderArgument, name: NameArgument, password_file: PasswordOption = None) -> None:
    """Give a user another password; their sessions end at once."""
    from hil.page.changes import change_user

    users, password = _users_with(data, name), _password(password_file)
    change_user(data, "password", _me(), name, lambda: users.set_password(name, password))
    typer.echo(f"{name}: has another password")


def _users_with(data: Path, name: str) -> "Users":
    """The users of the folder; whoever is not among them is refused before anything is asked."""
    from hil.gate.users import Users
    from twin.errors import unknown

    _check(data)
    users = Users(data)
    if name not in (known := users.roles()):
        raise unknown("users", "user", name, known)
    return users


def _check(data: Path) -> None:
    if not data.is_dir():
        raise BadInput(f"{data}: there is no such folder")


def _password(file: Path | None) -> str:
    if file is None:
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:  # whose own words show a piece of the secret
        raise BadInput(f"{file}: is not UTF-8") from None
    return lines[0] if lines else ""


def _me() -> str:
    from hil.gate.audit import user_name

    return user_name()
