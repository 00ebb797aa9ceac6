"""The one door for messages that turn out to be a rights request: a category knocks, the app that handles requests opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime


class NobodyFiles(Exception):
    """No installed app handles rights requests."""


class Filer(Protocol):
    def __call__(
        self,
        *,
        right: str,
        email: str,
        name: str,
        text: str,
        language: str,
        purposes: Collection[str],
        received_at: datetime,
        at: datetime,
    ) -> str:
        """File the request and give its reference."""


#: From words to the rights that they ask for.
Reader: TypeAlias = "Callable[[str], list[str]]"


class Taker(Protocol):
    def __call__(self, *, key: str, email: str, name: str, subject: str, text: str, language: str, received_at: datetime) -> None:
        """Keep the message until somebody, or something, has sorted it."""


_filers: list[Filer] = []
_readers: list[Reader] = []
_takers: list[Taker] = []


def register(filer: Filer) -> None:
    """Say who files requests; the last to say so is asked."""
    if filer not in _filers:
        _filers.append(filer)


def recognise(reader: Reader) -> None:
    """Say who finds in words which rights they ask for; the last to say so is asked."""
    if reader not in _readers:
        _readers.append(reader)


def accept(taker: Taker) -> None:
    """Say who sorts messages; the last to say so is asked."""
    if taker not in _takers:
        _takers.append(taker)


def take(*, key: str, email: str, name: str, subject: str, text: str, language: str, received_at: datetime) -> None:
    """Hand a message over to be sorted: a request, part of one, or neither. ``key`` names the message: the same one is taken once.
    Nobody is looked up here; without anybody who sorts, nothing happens.
    """
    if _takers:
        _takers[-1](key=key, email=email, name=name, subject=subject, text=text, language=language, received_at=received_at)


def rights_in(text: str) -> list[str]:
    """The rights that a message asks for in so many words: a hint for whoever reads it, and no more. Without a reader none."""
    return _readers[-1](text) if _readers else []


def file(
    *,
    right: str,
    email: str,
    name: str,
    text: str,
    language: str,
    purposes: Collection[str] = (),
    received_at: datetime,
    at: datetime,
) -> str:
    """Turn a message into a rights request; its reference.

    ``received_at`` is when the message reached us, by whatever door: the month runs from there. ``purposes``: what is objected to, by
    a button of ours; without any it came as a mail.

    Raises:
        NobodyFiles: no installed app handles rights requests.
    """
    if not _filers:
        raise NobodyFiles
    said = {"right": right, "email": email, "name": name, "text": text, "language": language}
    return _filers[-1](**said, purposes=purposes, received_at=received_at, at=at)
