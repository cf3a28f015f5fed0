"""Encrypting for the recipient: a message that any S/MIME mail program opens, and `openssl cms -decrypt` too.

Belongs here: CMS EnvelopedData (RFC 5652) with AES-256-CBC for an RSA certificate. Does not belong here: signing (the
mail program of the sending office does it), what is inside.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

MINIMUM_BITS = 2048


class CertificateError(ValueError):
    """The recipient's certificate cannot be used; says why and what to do."""


def recipient_certificate(content: bytes, mailbox: str, now: datetime | None = None) -> x509.Certificate:
    """Return the X.509 certificate in `content` (PEM or DER), usable to encrypt for `mailbox` today.

    CertificateError when it is not readable, out of date, not RSA of at least 2048 bits, not for encryption, or made
    out to other mailboxes. Whether it is the recipient's own is what the site vouches for: no chain is checked.
    """
    moment = now or datetime.now(UTC)
    try:
        load = x509.load_pem_x509_certificate if content.startswith(b"-----") else x509.load_der_x509_certificate
        found = load(content)
    except ValueError:
        raise CertificateError(
            "Das Zertifikat des Empfängers ist nicht lesbar (erwartet: X.509, PEM oder DER)."
        ) from None
    if not found.not_valid_before_utc <= moment <= found.not_valid_after_utc:
        raise CertificateError(
            f"Das Zertifikat des Empfängers gilt vom {found.not_valid_before_utc:%d.%m.%Y} bis "
            f"{found.not_valid_after_utc:%d.%m.%Y}. Ein geltendes vom Empfänger anfordern und in die Site legen."
        )
    key = found.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < MINIMUM_BITS:
        raise CertificateError(f"Das Zertifikat des Empfängers braucht einen RSA-Schlüssel ab {MINIMUM_BITS} Bit.")
    if not _may_encrypt(found):
        raise CertificateError("Das Zertifikat des Empfängers ist nicht zum Verschlüsseln bestimmt (keyEncipherment).")
    names = _mailboxes(found)
    if names and mailbox.lower() not in names:
        raise CertificateError("Das Zertifikat ist auf ein anderes Postfach ausgestellt als auf das der Site.")
    return found


def seal(message: EmailMessage, certificate: x509.Certificate, to: str, subject: str) -> bytes:
    """Return `message` encrypted for the certificate, as a mail (.eml) to `to`; `subject` is readable by everybody."""
    builder = (
        pkcs7.PKCS7EnvelopeBuilder()
        .set_data(message.as_bytes(policy=SMTP))
        .add_recipient(certificate)
        .set_content_encryption_algorithm(algorithms.AES256)
    )
    sealed = builder.encrypt(Encoding.SMIME, [pkcs7.PKCS7Options.Binary])
    outer = EmailMessage(policy=SMTP)
    outer["To"] = to
    outer["Subject"] = subject
    head = outer.as_bytes().rstrip(b"\r\n")
    return head + b"\r\n" + sealed


def _may_encrypt(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.key_encipherment


def _mailboxes(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {name.lower() for name in names.get_values_for_type(x509.RFC822Name)}
