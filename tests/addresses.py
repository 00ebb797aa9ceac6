"""Every address of ours, read from the resolver: so that a new one cannot be forgotten by the tests that walk them all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.urls import URLResolver, get_resolver, reverse
from django.urls.resolvers import RegexPattern
from django.utils.translation import override

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What stands for each argument when a test wants something that does not exist.
NOWHERE = {
    "reference": "R-0000-00",
    "step": "note",
    "token": "nobody-has-this-token",
    "letter_id": UUID(int=7),
    "mail_id": UUID(int=7),
    "database_id": UUID(int=7),
    "draft_id": UUID(int=7),
    "event_id": UUID(int=7),
    "interest_id": UUID(int=7),
    "export_id": UUID(int=7),
    "grant_id": UUID(int=7),
    "request_id": UUID(int=7),
    "verb": "end",
    "correction_id": UUID(int=7),
    "attachment_id": UUID(int=7),
    "invoice_id": UUID(int=7),
    "session_id": UUID(int=7),
    "document_id": UUID(int=7),
    "message_id": UUID(int=7),
    "row_id": UUID(int=7),
    "employment_id": UUID(int=7),
    "part": "letter",
    "slug": "nothing-such",
    "token_id": UUID(int=7),
    "task_id": UUID(int=7),
    "rest": "nothing-such",
    "link_id": UUID(int=7),
    "hold_id": UUID(int=7),
    "run_id": UUID(int=7),
    "release_id": UUID(int=7),
    "change_id": UUID(int=7),
    "notice_id": UUID(int=7),
    "objection_id": UUID(int=7),
    "paper_id": UUID(int=7),
    "code": "nothing.such.rule",
    "restoration_id": UUID(int=7),
    "backup_id": UUID(int=7),
    "receipt": UUID(int=7),
    "consent_id": UUID(int=7),
    "kept_id": UUID(int=7),
    "site": "nowhere.example",
    "language": "en",
    "category": "analytics",
    "action": "refuse",
    "key": "accounts.contacts",
    "day": date(2020, 1, 1),
    "app_label": "accounts",
    "number": "P000",
}


@dataclass(frozen=True, slots=True)
class Address:
    """``name`` with its namespace ("admin:index"); ``arguments`` the names of what stands in the path."""

    name: str
    arguments: tuple[str, ...]
    route: str

    def path(self, **given: object) -> str:
        """The English path. Arguments that are not given lead nowhere."""
        values = {name: given.get(name, NOWHERE.get(name, "1")) for name in self.arguments}
        with override("en"):
            return reverse(self.name, kwargs=values)


def every_address() -> list[Address]:
    """Ours and those of the libraries that we mounted, without the admin's inner pages."""
    return sorted(set(_walk(get_resolver(), namespaces=(), route="")), key=lambda address: address.name)


def _walk(resolver: URLResolver, *, namespaces: tuple[str, ...], route: str, arguments: tuple[str, ...] = ()) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        here = route + str(pattern.pattern)
        given = (*arguments, *pattern.pattern.converters, *_groups(pattern.pattern))
        if isinstance(pattern, URLResolver):
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from _walk(pattern, namespaces=inner, route=here, arguments=given)
        elif pattern.name or namespaces != ("admin",):
            # The admin's last pattern has no name: it answers whatever does not exist there.
            name = ":".join((*namespaces, pattern.name or here))
            yield Address(name=name, arguments=given, route=here)


def _groups(pattern: object) -> tuple[str, ...]:
    return tuple(pattern.regex.groupindex) if isinstance(pattern, RegexPattern) else ()


def is_in_admin(address: Address) -> bool:
    return address.name.startswith("admin:")
