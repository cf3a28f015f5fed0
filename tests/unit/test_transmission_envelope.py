"""Lists are encrypted so that the recipient opens them with ordinary means, and nobody else does."""

from __future__ import annotations

import shutil
import subprocess
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.support.certificate_of_recipient import MAILBOX, Recipient, recipient

from zaehlbar.transmission.envelope import CertificateError, recipient_certificate, seal


@pytest.fixture(scope="module")
def jobcenter() -> Recipient:
    return recipient()


def message() -> EmailMessage:
    found = EmailMessage()
    found["Subject"] = "Liste 7: geheim"
    found.set_content("Ağça Łęcka-Öztürk\n")
    found.add_attachment(b"%PDF-\r\n\x00\xff\n", maintype="application", subtype="pdf", filename="liste.pdf")
    return found


def test_only_the_recipient_opens_it(jobcenter: Recipient) -> None:
    sealed = seal(message(), recipient_certificate(jobcenter.pem, MAILBOX), MAILBOX, "Liste 7 (verschlüsselt)")
    assert b"geheim" not in sealed
    assert sealed.startswith(b"To: eingliederung@jobcenter.example\r\nSubject: ")
    opened = jobcenter.open(sealed)
    assert opened["Subject"] == "Liste 7: geheim"
    body = opened.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "Ağça Łęcka-Öztürk"
    (attached,) = opened.iter_attachments()
    assert attached.get_content() == b"%PDF-\r\n\x00\xff\n", "not a byte is changed"
    with pytest.raises(ValueError, match=r"."):
        recipient().open(sealed)


def test_openssl_opens_it_and_says_aes_256(jobcenter: Recipient, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not here")
    sealed = tmp_path / "liste.eml"
    sealed.write_bytes(seal(message(), recipient_certificate(jobcenter.pem, MAILBOX), MAILBOX, "Liste"))
    key = tmp_path / "key.pem"
    key.write_bytes(jobcenter.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "cert.pem").write_bytes(jobcenter.pem)
    opened = subprocess.run(
        [openssl, "cms", "-decrypt", "-in", sealed, "-inform", "SMIME", "-inkey", key, "-recip", tmp_path / "cert.pem"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert opened.returncode == 0, opened.stderr
    assert b"Liste 7: geheim" in opened.stdout
    shown = subprocess.run(
        [openssl, "cms", "-cmsout", "-print", "-in", sealed, "-inform", "SMIME"], capture_output=True, check=False
    )
    assert b"aes-256-cbc" in shown.stdout


@pytest.mark.parametrize(
    "made,said",
    [
        (lambda: recipient(days=-1).pem, "gilt vom"),
        (lambda: recipient(bits=1024).pem, "2048 Bit"),
        (lambda: recipient(curve=True).pem, "RSA"),
        (lambda: recipient(encrypts=False).pem, "keyEncipherment"),
        (lambda: recipient("jemand@anders.example").pem, "anderes Postfach"),
        (lambda: b"-----BEGIN CERTIFICATE-----\nkaputt", "nicht lesbar"),
        (lambda: b"0\x82kaputt", "nicht lesbar"),
    ],
    ids=["expired", "short", "curve", "signing only", "other mailbox", "broken pem", "broken der"],
)
def test_certificates_that_will_not_do_are_refused(made, said) -> None:
    with pytest.raises(CertificateError, match=said):
        recipient_certificate(made(), MAILBOX)


def test_a_certificate_may_be_der_and_name_no_mailbox() -> None:
    other = recipient(None)
    assert recipient_certificate(other.certificate.public_bytes(Encoding.DER), MAILBOX) == other.certificate
