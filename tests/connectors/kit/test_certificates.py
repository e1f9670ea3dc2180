"""A certificate that nobody trusts is named at once, and can be trusted."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.kit import Client, Misconfigured, Network
from connectors.kit.testing import FakeClock

LOCAL = Network(frozenset({"127.0.0.1"}))
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"


@dataclass
class SelfSigned:
    """A server whose certificate it signed itself."""

    address: str
    certificate: Path
    handshakes: int = 0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SelfSigned]:
    """A server on a loopback socket."""
    certificate, key = tmp_path / "server.pem", tmp_path / "key.pem"
    _sign(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listening = socket.create_server(("127.0.0.1", 0))
    found = SelfSigned(f"https://127.0.0.1:{listening.getsockname()[1]}", certificate)

    def answer() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listening.accept()
                found.handshakes += 1
                with (
                    plain,
                    suppress(ssl.SSLError),
                    context.wrap_socket(plain, server_side=True) as secured,
                ):
                    secured.recv(65536)
                    secured.sendall(ANSWER)

    threading.Thread(target=answer, daemon=True).start()
    yield found
    listening.close()


def _sign(certificate: Path, key: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def test_a_certificate_that_nobody_trusts_is_named_without_a_retry(server: SelfSigned) -> None:
    client = Client(server.address, network=LOCAL, clock=FakeClock())
    told = r"certificate of 127\.0\.0\.1 is not trusted: self.signed.*ca_file.*SSL_CERT_FILE"
    with pytest.raises(Misconfigured, match=told):
        client.request("GET", "/x")
    assert server.handshakes == 1


def test_a_connection_trusts_the_certificates_of_its_ca_file(server: SelfSigned) -> None:
    network = replace(LOCAL, ca_file=server.certificate)
    assert Client(server.address, network=network).request("GET", "/x").json() == []


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_ca_file_without_certificates_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Misconfigured, match=r"ca_file: no certificates can be read from .*ca\.pem"):
        Client("https://shop.test", network=replace(LOCAL, ca_file=file))
