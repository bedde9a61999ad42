"""A certification authority on the desk: certificates with and without roles, good and bad."""

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hil.links.tls_identity import ROLE_OID, TlsFiles
from twin.clock import utc_now


class Authority:
    """Signs certificates and leaves them, with their keys, as PEM files in `folder`."""

    def __init__(self, folder: Path, name: str = "plant CA") -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.ca = folder / "ca.pem"
        ca = x509.BasicConstraints(ca=True, path_length=None)
        _write(self.ca, self._signed(self._name, self._key.public_key(), -1, 10, [(ca, True)]))

    def files(
        self,
        name: str,
        role: str | bytes | None = None,
        days: tuple[int, int] = (-1, 10),
        address: str = "127.0.0.1",
        trusts: Path | None = None,
        password: bytes | None = None,
        alternatives: bytes | None = None,
    ) -> TlsFiles:
        """Certificate of `name`, good for `days` from now; `role` as text, or as raw DER.

        So are the `alternatives` to its name, instead of `address`.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        names = [x509.IPAddress(ip_address(address)), x509.DNSName(name)]
        extensions = [(x509.SubjectAlternativeName(names), False)]
        if alternatives is not None:
            raw = bytes((0x30, len(alternatives))) + alternatives
            oid = x509.ExtensionOID.SUBJECT_ALTERNATIVE_NAME
            extensions = [(x509.UnrecognizedExtension(oid, raw), False)]
        if role is not None:
            extensions.append((_role(role), False))
        cert, pem = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        _write(cert, self._signed(subject, key.public_key(), *days, extensions))
        encryption = (
            serialization.BestAvailableEncryption(password)
            if password
            else serialization.NoEncryption()
        )
        pem.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
            )
        )
        return TlsFiles(cert, pem, trusts or self.ca)

    def _signed(self, subject, public, first_day, last_day, extensions):
        now = utc_now()
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=first_day))
            .not_valid_after(now + timedelta(days=last_day))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self._key, hashes.SHA256())


def _role(role):
    text = role if isinstance(role, bytes) else bytes((0x0C, len(role.encode()))) + role.encode()
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(ROLE_OID), text)


def _write(path, certificate):
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
