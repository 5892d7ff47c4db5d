"""The key pair by which push services know this server (VAPID, RFC 8292).

Made once, in the database.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select, update

from notifier import database
from notifier.models import Installation

_KEY_BYTES = 32


def private_key() -> str:
    """The private key, 32 bytes in base64url. The first process that needs it makes it."""
    with database.read() as connection:
        found = connection.scalar(select(Installation.push_key))
    return found or _make()


def public_key() -> str:
    """The public key as browsers take it: an uncompressed point in base64url."""
    number = int.from_bytes(urlsafe_b64decode(private_key() + "="), "big")
    point = ec.derive_private_key(number, ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).rstrip(b"=").decode()


@database.retry_on_conflict
def _make() -> str:
    """Make the key, unless another process has made it meanwhile."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    made = urlsafe_b64encode(number.to_bytes(_KEY_BYTES, "big")).rstrip(b"=").decode()
    with database.write() as transaction:
        transaction.execute(update(Installation).where(Installation.push_key.is_(None)).values(push_key=made))
        found = transaction.scalar(select(Installation.push_key))
    return str(found)
