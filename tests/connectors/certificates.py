"""An authority made for a test, and certificates that it signs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Authority:
    """``file``: its own certificate, for whoever trusts it."""

    file: Path
    name: x509.Name
    key: ec.EllipticCurvePrivateKey

    def certify(self, host: str, folder: Path) -> tuple[Path, Path]:
        """Certificate and key of a host."""
        key = ec.generate_private_key(ec.SECP256R1())
        found = _certificate(_called(host), key, issuer=self.name)
        found = found.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        signed = found.sign(self.key, hashes.SHA256())
        certificate, secret = folder / "server.crt", folder / "server.key"
        certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        secret.chmod(0o600)
        return certificate, secret


def authority(folder: Path, name: str) -> Authority:
    key, called = ec.generate_private_key(ec.SECP256R1()), _called(name)
    found = _certificate(called, key, issuer=called).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    file = folder / f"{name}.pem"
    file.write_bytes(found.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return Authority(file=file, name=called, key=key)


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(name: x509.Name, key: ec.EllipticCurvePrivateKey, *, issuer: x509.Name) -> x509.CertificateBuilder:
    today = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=2))
    )
