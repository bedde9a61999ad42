"""Who may read over OPC UA, and how what is sent is kept from others."""

import hmac
import os
import socket
from pathlib import Path

from asyncua import Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import USER_TYPES, PermissionRuleset, User, UserRole
from asyncua.server.user_managers import UserManager
from cryptography.x509.oid import ExtendedKeyUsageOID

from hil.gate.backoff import BackOff
from hil.gate.users import LONGEST, BrokenUsers, Users
from hil.neighbours.settings import Opcua, first_line
from twin.errors import BadInput


class People(UserManager):  # type: ignore[misc]  # asyncua is not typed to the end
    """Who may read: the user of the settings, those of the page, or everybody of this machine."""

    def __init__(self, told: Opcua, folder: Path, data: Path) -> None:
        """`folder` is where the password's file is relative to; `data` has the page's users.

        Raises:
            BadInput: it cannot be read.
        """
        self._user = told.user
        self._users = Users(data) if told.users else None
        self._by_name = BackOff(free=5, longest_s=60)
        file = told.password_file
        self._secret = "" if file is None else first_line(folder / file)

    def get_user(
        self,
        iserver: object,
        username: str | None = None,
        password: str | None = None,
        certificate: object = None,
    ) -> User | None:
        """Whoever this is; None for nobody."""
        name, shown = username or "", password or ""
        if self._users is not None:
            return self._of_the_page(self._users, name, shown)
        if self._user is None:
            return User(role=UserRole.User)
        known = hmac.compare_digest(name.encode(), self._user.encode())
        right = hmac.compare_digest(shown.encode(), self._secret.encode())
        return User(role=UserRole.User, name=self._user) if known and right else None

    def _of_the_page(self, users: Users, name: str, password: str) -> User | None:
        """Any role may read; wrong passwords wait as on the page, but by name alone."""
        key = name.casefold()
        if len(password) > LONGEST or self._by_name.wait_s(key):
            return None
        self._by_name.failed(key)
        try:
            found = users.check(name, password)
        except BrokenUsers:  # nobody comes in; the page's log says why
            return None
        if found is None:
            return None
        self._by_name.succeeded(key)
        return User(role=UserRole.User, name=found.name)


class ReadOnly(PermissionRuleset):  # type: ignore[misc]  # asyncua is not typed to the end
    """Whoever is let in may look: no values, nodes or methods of ours are there to be changed."""

    def __init__(self) -> None:
        """All requests of a plain user, but those that change something."""
        kinds = ua.ObjectIds
        changing = {
            kinds.WriteRequest_Encoding_DefaultBinary,
            kinds.CallRequest_Encoding_DefaultBinary,
        }
        allowed = {*USER_TYPES, kinds.BrowseNextRequest_Encoding_DefaultBinary} - changing
        self._allowed = {ua.NodeId(kind) for kind in allowed}

    def check_validity(self, user: User, action_type: ua.NodeId, body: object) -> bool:
        """Whether a request of this kind is answered."""
        return action_type in self._allowed


async def secure(server: Server, told: Opcua, folder: Path, data: Path, uri: str) -> None:
    """Signed, encrypted and with a password; open only where the settings name no user.

    The server's own certificate is that of the settings, or one that is made for `uri` at the first
    start and kept in `data`.

    Raises:
        BadInput: certificate or key cannot be used.
    """
    policy = ua.SecurityPolicyType
    is_open = told.is_open
    kinds = [policy.NoSecurity] if is_open else [policy.Basic256Sha256_SignAndEncrypt]
    server.set_security_policy(kinds, permission_ruleset=ReadOnly())
    tokens = [ua.AnonymousIdentityToken] if is_open else [ua.UserNameIdentityToken]
    server.set_identity_tokens(tokens)
    if is_open:
        return
    if told.cert is not None and told.key is not None:
        cert, key = folder / told.cert, folder / told.key
    else:
        cert, key = await _own(data / "opcua", uri)
    try:
        await server.load_certificate(cert)
        await server.load_private_key(key)
    except (OSError, ValueError) as error:
        raise BadInput(f"opcua: {cert} or {key} cannot be used: {error}") from None


async def _own(folder: Path, uri: str) -> tuple[Path, Path]:
    cert, key = folder / "server.der", folder / "server.pem"
    before = os.umask(0o077)  # nobody else may read the key, from its first byte on
    try:
        folder.mkdir(exist_ok=True)
        usage = [ExtendedKeyUsageOID.SERVER_AUTH]
        await setup_self_signed_certificate(key, cert, uri, socket.gethostname(), usage, {})
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written: {error.strerror or error}") from None
    finally:
        os.umask(before)
    return cert, key
