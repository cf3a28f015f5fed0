"""A recipient's key and self-signed certificate, as a Jobcenter's mail program would have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

MAILBOX = "eingliederung@jobcenter.example"


@dataclass(frozen=True)
class Recipient:
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def open(self, sealed: bytes) -> EmailMessage:
        """Decrypt a sealed mail and return what is inside."""
        assert isinstance(self.key, rsa.RSAPrivateKey)
        body = sealed[sealed.index(b"MIME-Version") :]
        inner = pkcs7.pkcs7_decrypt_smime(body, self.certificate, self.key, [])
        found = message_from_bytes(inner, policy=default)
        assert isinstance(found, EmailMessage)
        return found


def recipient(
    mailbox: str | None = MAILBOX, *, days: int = 365, bits: int = 2048, curve: bool = False, encrypts: bool = True
) -> Recipient:
    """Make one; `days`: how long it is valid from yesterday."""
    key = ec.generate_private_key(ec.SECP256R1()) if curve else rsa.generate_private_key(65537, bits)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Jobcenter Musterhausen")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(
            x509.KeyUsage(True, False, encrypts, False, False, False, False, False, False),
            critical=True,
        )
    )
    if mailbox is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(mailbox)]), critical=False)
    return Recipient(key, builder.sign(key, SHA256()))
