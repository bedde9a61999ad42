"""Certificates of Modbus/TCP Security: loaded or refused with a reason, and the role read.

Source: MODBUS/TCP Security Protocol Specification v21 (2018-07-24): TLS 1.2 or newer, both ends
show a certificate, the client's role is a UTF8String in the extension `ROLE_OID`. Revocation
lists are not looked at; the specification leaves that to the site. A key may have a password, in
the environment variable `HUKKA_KEY_PASSWORD`: a command line or a site file would show it around.
"""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from cryptography import x509

from twin.clock import utc_now
from twin.errors import BadInput

ROLE_OID = "1.3.6.1.4.1.50316.802.1"
PORT = 802
"""Where Modbus/TCP Security listens, by IANA [-]."""

PASSWORD = "HUKKA_KEY_PASSWORD"
_UTF8_STRING = 0x0C


class TlsFiles(NamedTuple):
    """PEM files: own certificate (with what lies between it and the CA), its key, trusted CAs."""

    cert: Path
    key: Path
    ca: Path


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """Settings of an asking end; BadInput for files that cannot work."""
    return _context(files, ssl.PROTOCOL_TLS_CLIENT)


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """Settings of an answering end, which wants a certificate of every client."""
    context = _context(files, ssl.PROTOCOL_TLS_SERVER)
    context.num_tickets = 0  # connections last; nobody resumes one
    return context


def own_role(files: TlsFiles) -> str | None:
    """Role in the own certificate, None without one; BadInput if it cannot be read."""
    try:
        return _role(_own(files))
    except ValueError as error:
        raise BadInput(f"{files.cert}: {error}") from None


def peer_of(certificate: bytes) -> tuple[str, str | None]:
    """Subject and role of a peer's `certificate` (DER); ValueError if the role cannot be read."""
    parsed = x509.load_der_x509_certificate(certificate)
    return parsed.subject.rfc4514_string() or "a client without a name", _role(parsed)


def explain(error: OSError) -> str:
    """What went wrong with a peer, in a few words that name who has to change what."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _REJECTED.get(error.verify_code, f"its certificate is bad: {error.verify_message}")
    if isinstance(error, ssl.SSLEOFError):
        return "it closed the connection while TLS began; does it speak TLS, and trust our CA?"
    if isinstance(error, ssl.SSLError):
        words = (error.reason or "").upper().replace(" ", "_")
        for sign, meaning in _ALERTS.items():
            if sign in words:
                return meaning
        return f"TLS failed: {error.reason or error}"
    return error.strerror or str(error)


_WRONG_CA = "its certificate is not from a CA that we trust"
_REJECTED: Mapping[int, str] = MappingProxyType(
    {  # X509_V_ERR_*
        2: _WRONG_CA,
        9: "its certificate is not valid yet; is the clock right?",
        10: "its certificate has expired",
        18: f"{_WRONG_CA}: it signed itself",
        19: f"{_WRONG_CA}: its root is another one",
        20: _WRONG_CA,
        21: _WRONG_CA,
        26: "its certificate is not made for this end (extended key usage)",
        62: "its certificate is for another name",
        64: "its certificate is for another address",
    }
)
_ALERTS: Mapping[str, str] = MappingProxyType(
    {
        "PEER_DID_NOT_RETURN_A_CERTIFICATE": "it showed no certificate",
        "CERTIFICATE_REQUIRED": "it wants a certificate and got none",
        "ALERT_UNKNOWN_CA": "it does not trust the CA of our certificate",
        "CERTIFICATE_EXPIRED": "it says that our certificate has expired",
        "CERTIFICATE_REVOKED": "it says that our certificate was revoked",
        "BAD_CERTIFICATE": "it does not accept our certificate",
        "CERTIFICATE_UNKNOWN": "it does not accept our certificate",
        "ACCESS_DENIED": "it does not accept our certificate",
        "PROTOCOL_VERSION": "it does not speak TLS 1.2 or newer",
        "UNSUPPORTED_PROTOCOL": "it does not speak TLS 1.2 or newer",
        "WRONG_VERSION_NUMBER": "it does not speak TLS",
        "HTTP_REQUEST": "it does not speak TLS",
        "HANDSHAKE_FAILURE": "no cipher or certificate that both ends accept",
        "NO_SHARED_CIPHER": "no cipher that both ends accept",
    }
)


def _context(files: TlsFiles, protocol: int) -> ssl.SSLContext:
    _own(files)
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    locked = b"ENCRYPTED" in _readable(files.key)
    password = os.environ.get(PASSWORD, "")
    if locked and not password:
        raise BadInput(f"{files.key}: has a password, which must be in {PASSWORD}")
    try:
        context.load_cert_chain(files.cert, files.key, password=password)
    except ssl.SSLError as error:
        rule = f"{PASSWORD} is not its password" if locked else "is no PEM key"
        if error.reason == "KEY_VALUES_MISMATCH":
            rule = f"is not the key of {files.cert}"
        raise BadInput(f"{files.key}: {rule}") from None
    _readable(files.ca)
    try:
        context.load_verify_locations(files.ca)
    except ssl.SSLError:
        raise BadInput(f"{files.ca}: holds no PEM certificate of a CA") from None
    return context


def _own(files: TlsFiles) -> x509.Certificate:
    data = _readable(files.cert)
    try:
        certificate = x509.load_pem_x509_certificate(data)
    except ValueError:
        raise BadInput(f"{files.cert}: holds no PEM certificate") from None
    now, end = utc_now(), certificate.not_valid_after_utc
    if now > end:
        raise BadInput(f"{files.cert}: expired on {end:%Y-%m-%d}")
    if now < certificate.not_valid_before_utc:
        start = certificate.not_valid_before_utc
        raise BadInput(f"{files.cert}: not valid before {start:%Y-%m-%d}; is the clock right?")
    return certificate


def _readable(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None


def _role(certificate: x509.Certificate) -> str | None:
    try:
        extensions = certificate.extensions
        value = extensions.get_extension_for_oid(x509.ObjectIdentifier(ROLE_OID)).value
    except x509.ExtensionNotFound:
        return None
    except x509.DuplicateExtension:
        raise ValueError("it has more than one Modbus role") from None
    except x509.UnsupportedGeneralNameType:  # no ValueError, unlike whatever else is odd
        raise ValueError("its certificate cannot be read") from None
    data = value.value if isinstance(value, x509.UnrecognizedExtension) else b""
    text = _utf8_string(data)
    if not text:
        raise ValueError(f"its Modbus role ({ROLE_OID}) is no UTF8String with text")
    return text


def _utf8_string(data: bytes) -> str:
    """Text of a DER UTF8String of up to 255 bytes; empty if it is anything else."""
    if len(data) < 2 or data[0] != _UTF8_STRING:
        return ""
    start = 3 if data[1] == 0x81 else 2
    size = data[start - 1] if len(data) >= start else 0
    if (size >= 0x80 and start == 2) or len(data) != start + size:
        return ""
    try:
        return data[start:].decode()
    except UnicodeDecodeError:
        return ""
