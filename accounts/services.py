"""What can be done to accounts and what we hold of customers. Every action is one transaction with its audit event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import STAFF_ROLES, UserRole
from accounts.models import Company, Contact, ContactMessage, Session, User
from accounts.sessions import row_key
from audit import services as audit
from datamap import gate, pan
from subjects import intake
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor

#: What people may change of themselves; the address is changed by the pages that prove the new one.
OWN_FIELDS = ("name", "phone", "company_name", "sector", "interest", "language")
COMPANY_FIELDS = ("name", "sector", "street", "postcode", "city")


class OwnRole(Exception):
    def __str__(self) -> str:
        return str(_("Nobody changes their own role or closes their own staff account. Ask another administrator."))


class NoStaffEntity(Exception):
    def __str__(self) -> str:
        return str(_("Staff belong to an Oxygis entity and work in a country: fill in both."))


@transaction.atomic
def update_profile(*, user_id: UUID, changes: Mapping[str, str], actor: Actor, at: datetime) -> User:
    """Change one's own data (P043); card numbers never get in."""
    user = User.objects.select_for_update().get(pk=user_id)
    changed = _apply(user, {name: changes[name] for name in OWN_FIELDS if name in changes})
    if changed:
        user.save(update_fields=changed)
        note(action="user.updated", user_id=user.pk, actor=actor, at=at, fields="-".join(changed))
    return user


@transaction.atomic
def update_company(*, company_id: UUID, changes: Mapping[str, str], actor: Actor, at: datetime) -> Company:
    """Change what stands on the company's invoices: the only place where a postal address is asked (P006)."""
    company = Company.objects.select_for_update().get(pk=company_id)
    changed = _apply(company, {name: changes[name] for name in COMPANY_FIELDS if name in changes})
    if changed:
        company.save(update_fields=changed)
        audit.record(action="company.updated", about=f"accounts.company:{company.pk}", actor=actor, at=at, fields="-".join(changed))
    return company


def _apply(row: User | Company, changes: Mapping[str, str]) -> list[str]:
    """Set what differs; the names of the fields that changed."""
    changed = []
    for name, value in changes.items():
        clean = pan.mask(value)
        if getattr(row, name) != clean:
            setattr(row, name, clean)
            changed.append(name)
    return changed


@transaction.atomic
def write_message(
    *, name: str, email: str, text: str, language: str, at: datetime, company_name: str = "", phone: str = ""
) -> ContactMessage:
    """Keep what somebody wrote in a contact form (P122), and hand it over to be sorted: it may ask for a right (P119)."""
    message = ContactMessage.objects.create(
        name=pan.mask(name),
        email=normalise_email(email),
        company_name=pan.mask(company_name),
        phone=pan.mask(phone),
        text=pan.mask(text),
        language=language,
        received_at=at,
    )
    intake.take(
        key=f"accounts.contactmessage:{message.pk}",
        email=message.email,
        name=message.name,
        subject=gettext("Contact form"),
        text=message.text,
        language=language,
        received_at=at,
    )
    return message


@transaction.atomic
def change_role(*, user_id: UUID, role: UserRole, actor: Actor, at: datetime, entity: str = "", country: str = "") -> User:
    """Give a user another role; every session opened under the old one ends.

    Raises:
        OwnRole: nobody raises or lowers themselves.
        NoStaffEntity: staff without an entity or a country of work (P091).
    """
    user = User.objects.select_for_update().get(pk=user_id)
    if actor.id == str(user.pk):
        raise OwnRole
    if role in STAFF_ROLES and not (entity and country):
        raise NoStaffEntity
    previous = user.role
    user.role, user.entity, user.country = role, entity, country
    user.save(update_fields=["role", "entity", "country"])
    end_sessions(user_id=user.pk)
    note(action="user.role_changed", user_id=user.pk, actor=actor, at=at, previous=previous, role=role)
    return user


@transaction.atomic
def set_active(*, user_id: UUID, is_active: bool, actor: Actor, at: datetime) -> User:
    """Open or close an account; a closed one is signed out everywhere at once.

    Raises:
        OwnRole: nobody closes their own account at the desk.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    if actor.id == str(user.pk):
        raise OwnRole
    if user.is_active != is_active:
        user.is_active = is_active
        user.save(update_fields=["is_active"])
        end_sessions(user_id=user.pk)
        note(action="user.opened" if is_active else "user.closed", user_id=user.pk, actor=actor, at=at)
    return user


@transaction.atomic
def amend(*, user_id: UUID, values: Mapping[str, Any], changed: Collection[str], actor: Actor, at: datetime) -> None:
    """Change somebody's account as a colleague: details, address, company, role and whether it is open.

    Raises:
        Stopped: the data of this person, or of whoever has the new address, is restricted.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    gate.require(gate.may_edit(values=[str(user.pk), user.email, values["email"]]))
    update_profile(user_id=user.pk, changes={n: values[n] for n in OWN_FIELDS if n in changed}, actor=actor, at=at)
    if {"email", "company"} & set(changed):
        User.objects.filter(pk=user.pk).update(email=values["email"], company=values["company"])
        note(action="user.moved", user_id=user.pk, actor=actor, at=at)
    if "email" in changed:
        EmailAddress.objects.filter(user=user, email=user.email).update(email=values["email"], verified=False)
        # Who is signed in has not shown the new address: requests would take it for theirs.
        end_sessions(user_id=user.pk)
    if {"role", "entity", "country"} & set(changed):
        change_role(user_id=user.pk, role=values["role"], entity=values["entity"], country=values["country"], actor=actor, at=at)
    if "is_active" in changed:
        set_active(user_id=user.pk, is_active=values["is_active"], actor=actor, at=at)


@transaction.atomic
def reset_second_factor(*, user_id: UUID, actor: Actor, at: datetime) -> None:
    """Take every factor off somebody who lost theirs and showed who they are; they are signed out and set up a new one.

    Raises:
        OwnRole: nobody does this for themselves.
    """
    if actor.id == str(user_id):
        raise OwnRole
    Authenticator.objects.filter(user_id=user_id).delete()
    end_sessions(user_id=user_id)
    note(action="user.second_factor_reset", user_id=user_id, actor=actor, at=at)


@transaction.atomic
def sign_out_elsewhere(*, user_id: UUID, except_key: str | None, actor: Actor, at: datetime) -> int:
    """End every session but one; the new epoch, to which the caller binds the one that stays."""
    epoch = end_sessions(user_id=user_id, except_key=except_key)
    note(action="user.signed_out_elsewhere", user_id=user_id, actor=actor, at=at)
    return epoch


@transaction.atomic
def end_session(*, user_id: UUID, session_id: UUID, actor: Actor, at: datetime) -> bool:
    """End one session of the user; False when it had ended already."""
    gone, _by_model = Session.objects.filter(pk=session_id, account_id=user_id).delete()
    if gone:
        note(action="user.session_ended", user_id=user_id, actor=actor, at=at)
    return bool(gone)


@transaction.atomic
def end_sessions(*, user_id: UUID, except_key: str | None = None) -> int:
    """Make every session of the user worthless and remove its row, but for ``except_key``; the new epoch."""
    User.objects.filter(pk=user_id).update(session_epoch=F("session_epoch") + 1)
    Session.objects.filter(account_id=user_id).exclude(session_key=row_key(except_key or "")).delete()
    return User.objects.values_list("session_epoch", flat=True).get(pk=user_id)


def note_act(*, email: str, at: datetime) -> None:
    """The person did something from a mailbox that they showed is theirs: from here on it is counted how long we have heard nothing (P069).
    Whoever only types an address into a form has shown nothing, and opening a mail is no act.
    """
    Contact.objects.filter(email=normalise_email(email), last_act_at__lt=at).update(last_act_at=at)


def note(*, action: str, user_id: UUID, actor: Actor, at: datetime, **details: str) -> None:
    audit.record(action=action, about=f"accounts.user:{user_id}", actor=actor, at=at, **details)
