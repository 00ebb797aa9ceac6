"""How identifiers are written before they are compared."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

from django.conf import settings

from subjects.enums import IdentifierKind

#: What people write between the digits is no part of the number.
PHONE = re.compile(r"\(?[+0][\d\s./()-]*")
#: E.164 allows fifteen digits; with its area code no number that anybody gives us has fewer than eight.
PHONE_DIGITS = range(8, 16)
#: So many make a number known, whatever prefix stands before them.
LAST_DIGITS = 8
IMPORT_BLOCK = b"oxyprivacy.subjects.import-block.1"
SUPPRESSION = b"oxyprivacy.subjects.suppression.1"
ORDER = b"oxyprivacy.subjects.order.1"
LEDGER = b"oxyprivacy.subjects.ledger.1"
KEY_NAME = b"oxyprivacy.subjects.key-name.1"


def normalise_email(value: str) -> str:
    """One spelling for one mailbox as far as every provider agrees: dots and tags stay, they may be somebody else's."""
    return unicodedata.normalize("NFKC", value).strip().lower()


def readable_email(value: str) -> str:
    """The address with its domain as people write it: browsers send "müller.example" as "xn--mller-kva.example"."""
    box, at, domain = value.rpartition("@")
    return f"{box}{at}{'.'.join(map(_readable_label, domain.split('.')))}"


def _readable_label(label: str) -> str:
    if not label.lower().startswith("xn--"):
        return label
    try:
        found = label.lower().encode("ascii").decode("idna")
        is_same = found.encode("idna") == label.lower().encode("ascii")
    except UnicodeError:
        return label
    return found if is_same else label


def is_phone(value: str) -> bool:
    """Whether it is written as a telephone number is: 8 to 15 digits after + or 0. A customer number is none."""
    text = unicodedata.normalize("NFKC", value).strip()
    return bool(PHONE.fullmatch(text)) and sum(sign.isdigit() for sign in normalise_phone(text)) in PHONE_DIGITS


def normalise_phone(value: str) -> str:
    """Digits with their international prefix where one is written; a national number stays national."""
    text = unicodedata.normalize("NFKC", value).strip()
    is_international = text.startswith(("+", "00"))
    if is_international:
        text = text.replace("(0)", "", 1)
    digits = "".join(str(int(sign)) for sign in re.findall(r"\d", text))
    return f"+{digits.removeprefix('00')}" if is_international else digits


def normalise_postal(value: str) -> str:
    """Letters and digits alone: who writes an address puts commas, capitals and line ends where they like."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", value).casefold() if sign.isalnum())


def normalise(kind: str, value: str) -> str:
    if kind == IdentifierKind.EMAIL:
        return normalise_email(value)
    if kind == IdentifierKind.PHONE:
        return normalise_phone(value)
    if kind == IdentifierKind.POSTAL:
        return normalise_postal(value)[:254]
    return value.strip()


def suppressed_as(kind: str, value: str) -> str:
    """How a suppression knows a telephone or a postal address: neither is ever mistaken for an e-mail address. A number is known by
    its last digits, since people write it with the prefix of the country or without.
    """
    if kind == IdentifierKind.PHONE:
        return f"tel:{normalise_phone(value).lstrip('+')[-LAST_DIGITS:]}"
    if kind == IdentifierKind.POSTAL:
        return f"post:{normalise_postal(value)}"
    return value


def import_digest(value: str) -> bytes:
    """The keyed hash under which importers know an erased address: worth nothing without our key, or for anything else."""
    return _digest(settings.SECRET_KEY, IMPORT_BLOCK, value)


def import_digests(value: str) -> list[bytes]:
    """Under the key of today and those of before: a change of keys brings nobody back."""
    return [_digest(secret_key, IMPORT_BLOCK, value) for secret_key in _keys()]


def suppression_digest(value: str) -> bytes:
    """The keyed hash of an address to which we do not write: all that is kept of it, and of use for nothing else."""
    return _digest(settings.SECRET_KEY, SUPPRESSION, value)


def suppression_digests(value: str) -> list[bytes]:
    """Under the key of today and those of before: a change of keys makes nobody's objection forgotten."""
    return [_digest(secret_key, SUPPRESSION, value) for secret_key in _keys()]


def order_digest(kind: str, value: str) -> bytes:
    """The keyed hash under which a copy outside the database names whom a standing order is about."""
    return _digest(settings.SECRET_KEY, ORDER, f"{kind}:{normalise(kind, value)}")


def order_digests(kind: str, value: str) -> list[bytes]:
    """Under the key of today and those of before."""
    return [_digest(secret_key, ORDER, f"{kind}:{normalise(kind, value)}") for secret_key in _keys()]


def key_name() -> str:
    """What tells the key of today from others, and says nothing about it."""
    return key_names()[0]


def key_names() -> list[str]:
    return [hmac.digest(secret_key.encode(), KEY_NAME, hashlib.sha256).hex()[:8] for secret_key in _keys()]


def ledger_seal(text: str) -> str:
    """What shows that a file of the escrow was written by this installation, and is what it was."""
    return _sealed(settings.SECRET_KEY, text)


def is_ledger_seal(seal: str, text: str) -> bool:
    """Under the key of today or one of those before."""
    return any(hmac.compare_digest(seal, _sealed(secret_key, text)) for secret_key in _keys())


def _sealed(secret_key: str, text: str) -> str:
    key = hmac.digest(secret_key.encode(), LEDGER, hashlib.sha256)
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def _digest(secret_key: str, use: bytes, value: str) -> bytes:
    key = hmac.digest(secret_key.encode(), use, hashlib.sha256)
    return hmac.digest(key, normalise_email(value).encode(), hashlib.sha256)
