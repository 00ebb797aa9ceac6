"""What a deed at the desk is made of: one form, one service, one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from uuid import UUID

    from django import forms
    from django.http import QueryDict
    from django.utils.functional import _StrPromise

    from audit.actor import Actor
    from rights_requests.enums import Action
    from rights_requests.models import RightsRequest


@dataclass(frozen=True, slots=True)
class Act:
    """One press of a button: whose request, who presses, when, and what was typed."""

    rights_request: RightsRequest
    agent_id: UUID
    actor: Actor
    at: datetime
    typed: Mapping[str, Any]

    @property
    def case(self) -> dict[str, Any]:
        return {"request_id": self.rights_request.pk, "actor": self.actor, "at": self.at}


@dataclass(frozen=True, slots=True)
class Page:
    """A page that asks before the deed is done. ``has_letter``: the letter can be read before it is written."""

    title: _StrPromise
    text: tuple[_StrPromise, ...]
    button: _StrPromise
    look: str = ""
    has_preview: bool = False
    has_letter: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """``run`` does it and answers with the sentence that the agent reads. ``action`` None: possible in any state. ``then``
    names the deed whose page it is done on and leads back to; empty, that of the request. ``is_inline``: its form stands on the page of
    the request, and what was wrong is said there. ``is_shared``: its form begins with what others decided, and is compared with that under
    the lock of the request.
    """

    run: Callable[[Act], str]
    form: Callable[[RightsRequest, QueryDict | None], forms.Form]
    action: Action | None = None
    page: Page | None = None
    then: str = ""
    is_inline: bool = False
    is_shared: bool = False
