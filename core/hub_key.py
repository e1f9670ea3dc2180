"""The hub's key: one secret file beside the config, from which every other key is derived.

It is no part of the database, so that a copy of the database alone opens no stored token and
tells nobody from a hash.
"""

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import Misconfigured
from core.log import hide

FILE = "hub.key"
VARIABLE = "SEGMENTHUB_KEY"
_BYTES = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class HubKey:
    """A secret of 32 bytes, and the keys derived from it (HKDF, RFC 5869)."""

    def __init__(self, secret: bytes) -> None:
        """Take the secret; it is never printed."""
        self._secret = secret

    @classmethod
    def random(cls) -> "HubKey":
        """A key that nobody has had before."""
        return cls(secrets.token_bytes(_BYTES))

    @classmethod
    def from_text(cls, text: str, where: str) -> "HubKey":
        """The key that a file or a variable spells; raises Misconfigured."""
        try:
            secret = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            secret = b""
        if len(secret) != _BYTES:
            raise Misconfigured(
                f"{where} holds no key: a key has 44 letters, as `segmenthub key new` writes "
                "them; copy it again from where it was saved"
            )
        hide(text.strip())
        return cls(secret)

    @property
    def text(self) -> str:
        """The key as a file spells it."""
        return base64.urlsafe_b64encode(self._secret).decode()

    @cached_property
    def hashes(self) -> bytes:
        """The key of hashes that recognize a person: guests, suppressions."""
        return self._derive("hashes")

    @cached_property
    def fingerprint(self) -> str:
        """A short check value by which the store recognizes its key."""
        return self._derive("fingerprint")[:8].hex()

    def seal(self, text: str) -> str:
        """Encrypt a text for the store."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str | None:
        """Decrypt what `seal` made; None where another key did."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            return None

    @cached_property
    def _fernet(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self._derive("tokens")))

    def _derive(self, purpose: str) -> bytes:
        info = f"segmenthub {purpose}".encode()
        return HKDF(algorithm=SHA256(), length=_BYTES, salt=None, info=info).derive(self._secret)


def find_key(folder: Path, environment: Mapping[str, str]) -> HubKey | None:
    """The key of `SEGMENTHUB_KEY`, else of the folder's `hub.key`; None where there is neither.

    Raises Misconfigured for a file that others can read, and for what is no key.
    """
    if VARIABLE in environment:
        return HubKey.from_text(environment[VARIABLE], VARIABLE)
    file = folder / FILE
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            text = opened.read(1024).decode("ascii", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Misconfigured(f"the key file {file} cannot be read: {error.strerror}") from None
    if mode & _OTHERS:
        raise Misconfigured(
            f"the key file {file} can be read by other users of this machine; type: "
            f"chmod 600 {file}"
        )
    return HubKey.from_text(text, str(file))


def write_key(folder: Path, key: HubKey) -> bool:
    """Write `hub.key`, readable by its owner alone; False where there is one already.

    The file appears whole or not at all, whoever else writes one at the same moment.
    """
    draft = folder / f".{FILE}.{secrets.token_hex(4)}"
    try:
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(f"{key.text}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, folder / FILE)
        finally:
            draft.unlink()
    except FileExistsError:
        return False
    except OSError as error:
        raise Misconfigured(
            f"the key file {folder / FILE} cannot be written: {error.strerror}; make its folder "
            f"writable, or give the key in {VARIABLE}"
        ) from None
    return True
