"""What the commands that serve have in common: where, for whom, and what is said of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.errors import BadInput, refuse

if TYPE_CHECKING:
    from hil.links.address import Address

ServedLinkArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[LINK]",
        help="tcp://HOST[:PORT], tls://HOST[:PORT]?ca=FILE&cert=FILE&key=FILE, rtutcp://HOST:PORT,"
        " rtu:PATH?baud=19200&parity=E&stop=1, pty:PATH or SITE.LINK; port 0: a free one.",
    ),
]
RolesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="ROLE=read|write",
        help="What a role in a client's certificate may do; more than once.",
    ),
]
UnitOption = Annotated[int, typer.Option(min=1, max=247, help="Modbus unit id.")]
TcpOption = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="Short for tcp://HOST:PORT.")
]


def chosen(ways: dict[str, object]) -> str:
    """The one of `ways` (how each is written: what was given) that was given."""
    given = [way for way, value in ways.items() if value is not None]
    if len(given) != 1:
        *others, last = ways
        raise BadInput(f"give one of {', '.join(others)} and {last}")
    return given[0]


def tcp_address(text: str) -> "Address":
    """Where `--tcp HOST:PORT` is."""
    from hil.links.address import Address

    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise refuse("--tcp", text, "must be HOST:PORT, such as 127.0.0.1:1502")
    return Address("tcp", host=host.strip("[]"), port=int(port))


def pty_address(path: Path) -> "Address":
    """A pty that is made at `path`."""
    from hil.links.address import Address

    return Address("rtu", path=str(path), pty=True)


def with_roles(address: "Address", words: list[str] | None) -> "Address":
    """`address` with the rights of `--role ROLE=read|write`, beside those that a site gives."""
    from dataclasses import replace

    from hil.links.roles import RULE_WORDS
    from twin.errors import unknown

    if address.scheme != "tls":
        if words:
            raise BadInput("--role goes with tls://: nobody else shows a certificate")
        return address
    roles = dict(address.roles)
    for text in words or ():
        role, _, right = text.partition("=")
        if not role or not right:
            raise refuse("--role", text, "must be ROLE=read or ROLE=write")
        if right not in RULE_WORDS:
            raise unknown(f"--role {role}", "right", right, RULE_WORDS)
        roles[role] = right
    if not roles:
        raise refuse(
            "--role", "", "must be given: without one nobody may ask, such as --role operator=write"
        )
    return replace(address, roles=tuple(roles.items()))


def say(text: str) -> None:
    """A remark on clients, certificates and adapters, beside what is served."""
    typer.echo(f"hukka: {text}", err=True)
