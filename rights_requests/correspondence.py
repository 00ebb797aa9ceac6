"""The letters of a case: which values each of them takes. Their wording is in ``templates/letters``.

Everything is written in the language of the person, whoever works in whichever language at the desk.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import staff
from datamap import backups, citations, registers, registry
from datamap.enums import Ground
from letters import events, words
from letters import services as letters
from letters.enums import LetterStatus
from letters.values import Items, Rows
from rights_requests import proxies, wording
from rights_requests.enums import ErasureGround, MandateKind, Right

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from letters.models import Letter
    from letters.values import Value
    from rights_requests.deeds import PartRow
    from rights_requests.models import Package, RightsRequest


def with_link(
    rights_request: RightsRequest, *, event: str, to: str, token: str, others: Sequence[RightsRequest] = (), at: datetime
) -> bool:
    """Whether the letter goes out: only a few a day do. ``others``: requests of the same message, which the same link confirms."""
    with translation.override(rights_request.language):
        values: dict[str, Value] = _all_of([rights_request, *others]) if event == "confirm_request" else {}
        if event == "confirm_request" and (mandate := proxies.mandate_of(rights_request)):
            event = "confirm_mandate"
            values |= {"kind": str(MandateKind(mandate.kind).label), "proxy_email": mandate.email}
        letter = write(rights_request, event, values, to=to, secrets={"link": _url("portal_link_confirm", token)}, at=at)
    return letter.status != LetterStatus.HELD


def _all_of(cases: Sequence[RightsRequest]) -> dict[str, Value]:
    return {
        "right": ", ".join(dict.fromkeys(map(right_of, cases))),
        "reference": ", ".join(case.reference for case in cases),
    }


def received(rights_request: RightsRequest, *, is_held: bool = False, at: datetime) -> None:
    """``is_held``: it stands on the page of the case alone."""
    with translation.override(rights_request.language):
        rows = Rows(rows=wording.working(rights_request), total=(str(wording.DUE), rights_request.due_on))
        values: dict[str, Value] = {
            "right": right_of(rights_request),
            "due_on": rights_request.due_on,
            "working": rows,
            "status_url": status_url(rights_request),
        }
        write(rights_request, "request_received", values, is_held=is_held, at=at)


def lapsed(rights_request: RightsRequest, *, at: datetime) -> None:
    write(rights_request, "request_lapsed", {"received_on": rights_request.received_on}, at=at)


def withdrawn(rights_request: RightsRequest, *, at: datetime) -> None:
    write(rights_request, "request_withdrawn", {}, at=at)


def refused(rights_request: RightsRequest, *, reason: str, article: str, until_on: date | None, paragraph: str = "", at: datetime) -> None:
    """``article`` is that of a national law; ``until_on`` is when a duty of law ends; ``paragraph`` the agent’s own words."""
    ground = Ground(rights_request.ground)
    with translation.override(rights_request.language):
        articles = citations.in_full(wording.article_of(Right(rights_request.right), ground))
        if article:
            until = _("%(article)s, until %(date)s")
            ends = until_on and {"article": article, "date": words.day_plain(until_on, rights_request.language)}
            articles = _("%(article)s; %(national)s") % {"article": articles, "national": until % ends if ends else article}
        values: dict[str, Value] = {
            "right": right_of(rights_request),
            "received_on": rights_request.received_on,
            "ground": wording.ground_of(Right(rights_request.right), ground),
            "reason": reason,
            "article": articles,
            "paragraph": paragraph,
        }
        write(rights_request, "request_refused", values, at=at)


def access_ready(
    rights_request: RightsRequest, package: Package | None, *, sources: Sequence[str], withheld: Sequence[str], at: datetime
) -> None:
    """``package`` None: it is not made yet, and the letter only shown."""
    values: dict[str, Value] = {
        "received_on": rights_request.received_on,
        **of_package(package),
        "sources": Items(sources),
        "withheld": Items(withheld),
        "status_url": status_url(rights_request),
    }
    write(rights_request, "access_ready", values, at=at)


def of_package(package: Package | None) -> dict[str, Value]:
    """Its figures; before it is made, in square brackets what will stand there."""
    if package is not None:
        return {"rows": package.rows, "until": timezone.localtime(package.expires_at), "downloads": package.downloads_left}
    life: timedelta = settings.RIGHTS["package_life"]
    days = ngettext("[%(count)s day after it is made]", "[%(count)s days after it is made]", life.days) % {"count": life.days}
    return {"rows": _("[counted when it is made]"), "until": days, "downloads": settings.RIGHTS["package_downloads"]}


def access_nothing(rights_request: RightsRequest, *, at: datetime) -> None:
    with translation.override(rights_request.language):
        looked = Items([str(source.label) for source in registry.all_sources()])
        unnamed = Items([str(source.not_identifiable) for source in registry.not_identifiable()])
        values: dict[str, Value] = {"received_on": rights_request.received_on, "sources": looked, "not_identifiable": unnamed}
        write(rights_request, "access_nothing", values, at=at)


def erasure_notice(rights_request: RightsRequest, *, to: str, token: str, carry_out_at: datetime, at: datetime) -> None:
    with translation.override(rights_request.language):
        secrets = {"cancel_link": _url("portal_link_cancel", token)}
        values: dict[str, Value] = {"carry_out_at": timezone.localtime(carry_out_at)}
        # A mailbox on file is told, and sees the case's letters no further.
        is_own = to == rights_request.email
        write(rights_request, "erasure_notice", values, to=to, secrets=secrets, is_shown=is_own, at=at)


def erasure_done(rights_request: RightsRequest, parts: Sequence[PartRow], *, recipients: Sequence[str], at: datetime) -> None:
    """What went and what stayed; ``at`` is when it had gone, and no backup begun later holds it."""
    with translation.override(rights_request.language):
        values: dict[str, Value] = {
            "received_on": rights_request.received_on,
            "ground": str(ErasureGround(rights_request.erasure_ground).label) if rights_request.erasure_ground else "",
            "erased": _erased(parts),
            "kept": _kept(parts),
            "recipients": Items([registers.said(name) for name in recipients]),
            "backups_until": timezone.localdate(backups.last_copy_at(at=at)),
            "minimised_on": timezone.localdate(at + settings.RIGHTS["minimise_erased_after"]),
        }
        write(rights_request, "erasure_done", values, at=at)


def code(rights_request: RightsRequest, *, code: str, at: datetime) -> bool:
    """Whether the letter goes out: only a few a day do. Once identity is shown, strangers' letters do not count."""
    is_known = rights_request.identity_confirmed_at is not None
    secrets = {"code": code}
    letter = write(rights_request, "access_code", {}, secrets=secrets, is_shown=False, is_known=is_known, at=at)
    return letter.status != LetterStatus.HELD


def downloaded(rights_request: RightsRequest, *, left: int, at: datetime) -> None:
    write(rights_request, "package_downloaded", {"at": timezone.localtime(at), "left": left}, at=at)


def new_message(rights_request: RightsRequest, *, at: datetime) -> None:
    write(rights_request, "new_message", {"status_url": status_url(rights_request)}, at=at)


def claim_rejected(rights_request: RightsRequest, *, at: datetime) -> None:
    write(rights_request, "claim_rejected", {}, at=at)


def write(
    rights_request: RightsRequest,
    event: str,
    values: Mapping[str, Value],
    *,
    to: str = "",
    by_hand_to: str = "",
    secrets: Mapping[str, str] | None = None,
    is_shown: bool = True,
    is_known: bool = False,
    is_held: bool = False,
    at: datetime,
) -> Letter:
    """A letter of the case, in its language, to its address unless another one is given. An answer goes to a proxy as well who
    may receive it; the person is never left out. ``by_hand_to``: somebody posts it there, or reads it out, whatever mailbox there is.
    """
    said = {**_said(rights_request, event, values, at=at), "secrets": secrets or {}, "is_known": is_known}
    # Whatever the letter: to an address that nobody has shown to be the person's go only a few a day, and no name that was typed.
    is_open_to_doubt = not to and rights_request.identity_confirmed_at is None and rights_request.account_id is None
    letter = letters.write(
        to="" if by_hand_to else to or rights_request.email,
        by_hand_to=by_hand_to or ("" if to else rights_request.by_hand_to),
        name=rights_request.name,
        is_shown=is_shown,
        is_unverified=is_open_to_doubt,
        is_one_too_many=is_held,
        **said,
    )
    if not to and event in proxies.ANSWERS:
        _tell_proxy(rights_request, said, at=at)
    return letter


def tell_proxy(rights_request: RightsRequest, event: str, values: Mapping[str, Value], *, at: datetime) -> None:
    """Where the mandate lets a proxy receive the answer: what only they are told, since theirs does not come as the person's does."""
    _tell_proxy(rights_request, _said(rights_request, event, values, at=at), at=at)


def _tell_proxy(rights_request: RightsRequest, said: Mapping[str, Any], *, at: datetime) -> None:
    proxy = proxies.receiving(rights_request, on=timezone.localdate(at))
    if proxy is not None:
        letters.write(to=proxy.email, name=proxy.name, is_shown=False, **said)


def _said(rights_request: RightsRequest, event: str, values: Mapping[str, Value], *, at: datetime) -> dict[str, Any]:
    """What a letter says, whoever it goes to. What the agent adds stands in the case, where the letter has a place for it."""
    added = {"paragraph": rights_request.paragraph} if "paragraph" in events.find(event).values else {}
    return {
        "event": event,
        "language": rights_request.language,
        "about": rights_request.reference,
        "contact": contact_of(rights_request),
        "values": {"reference": rights_request.reference, **added, **values},
        "at": at,
    }


def contact_of(rights_request: RightsRequest) -> str:
    """Who handles the case, as its letters name them. The data protection officer does not: people turn to them when they disagree."""
    agent = rights_request.assigned_to
    return agent.name if agent is not None and agent.is_active and not staff.is_officer(agent) else ""


def _erased(parts: Sequence[PartRow]) -> Rows:
    rows = [(_label(row), row["erased"]) for row in parts if row["erased"]]
    return Rows(rows=rows, total=(_("Rows erased"), sum(row["erased"] for row in parts)) if rows else ())


def _kept(parts: Sequence[PartRow]) -> Rows:
    """What is kept, one row per name, ground and end: two parts of one source that share them are one sum."""
    sums: dict[tuple[str, str, date | str], int] = {}
    for row in parts:
        if row["kept"]:
            because = wording.kept_because(ground=row["ground"], article=row["article"])
            key = (_label(row), because, wording.kept_until(row["until"]))
            sums[key] = sums.get(key, 0) + row["kept"]
    return Rows(rows=[(label, kept, ground, until) for (label, ground, until), kept in sums.items()])


def _label(row: PartRow) -> str:
    return str(registry.get(row["source"]).label)


def right_of(rights_request: RightsRequest) -> str:
    return str(Right(rights_request.right).label)


def status_url(rights_request: RightsRequest) -> str:
    """Where the person follows the request: its page, or without a mailbox, which would open that, the telephone."""
    with translation.override(rights_request.language):
        if not rights_request.email:
            return _("By telephone: %(phone)s. Please have your reference %(reference)s at hand.") % {
                "phone": settings.ORGANISATION["phone"],
                "reference": rights_request.reference,
            }
        return _url("portal_case", rights_request.reference)


def _url(name: str, *args: str) -> str:
    """An address in the language in force."""
    return f"{settings.PUBLIC_URL}{reverse(name, args=args)}"
