"""Certificates of servers that tests start."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers.port import LOOPBACK


class Authority:
    """An authority that only those know who are given its certificate, `file`."""

    def __init__(self, directory: Path, name: str = "An authority of our own") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _named(name)
        built = _built(self.name, self.key).issuer_name(self.name)
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        signed = built.sign(self.key, hashes.SHA256())
        self.file = directory / f"{signed.serial_number}.pem"
        self.file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def certificate(
    directory: Path, *, address: str = LOOPBACK, ended: timedelta = timedelta(days=-1), issuer: Authority | None = None
) -> Path:
    """A file with a certificate for `address`, and its key.

    `ended`: how long ago it expired. `issuer`: who signs it, by default its own key.
    """
    key, name = ec.generate_private_key(ec.SECP256R1()), _named(address)
    built = _built(name, key, ended).issuer_name(issuer.name if issuer else name)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    signed = built.add_extension(alternative, critical=False).sign(issuer.key if issuer else key, hashes.SHA256())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = directory / f"{signed.serial_number}.pem"
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return file


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _built(name: x509.Name, key: ec.EllipticCurvePrivateKey, ended: timedelta = timedelta(days=-1)) -> x509.CertificateBuilder:
    today = datetime.now().astimezone()
    built = x509.CertificateBuilder().subject_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
    return built.not_valid_before(today - timedelta(days=9)).not_valid_after(today - ended)


def serving(file: Path) -> ssl.SSLContext:
    """The context of a server with the certificate of `file`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
