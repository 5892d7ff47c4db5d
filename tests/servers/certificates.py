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


def certificate(directory: Path, *, address: str = LOOPBACK, ended: timedelta = timedelta(days=-1)) -> Path:
    """A file with a certificate for `address`, signed by its own key, and that key. `ended`: how long ago it expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    today = datetime.now().astimezone()
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number()).not_valid_before(today - timedelta(days=9)).not_valid_after(today - ended)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    signed = built.add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = directory / f"{signed.serial_number}.pem"
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return file


def serving(file: Path) -> ssl.SSLContext:
    """The context of a server with the certificate of `file`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
