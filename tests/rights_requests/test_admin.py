"""The admin shows states, never people or secrets, and changes nothing."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from accounts.models import User
from datamap.enums import Ground
from datamap.models import Processor
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import models
from rights_requests.enums import LinkPurpose, MandateKind, PauseReason
from tests.accounts import factories
from tests.rights_requests import desk_cast

pytestmark = pytest.mark.django_db

MODELS = list(apps.get_app_config("rights_requests").get_models())
CANARY = "canary-4711"


@pytest.fixture
def administrator(client: Client) -> Client:
    return desk_cast.agent_client(client, UserRole.ADMIN)[0]


@pytest.fixture
def rows() -> dict[str, object]:
    """A row of every model, with a canary wherever a person or a secret stands."""
    now = timezone.now()
    case = desk_cast.make_case(name=f"Nathalie {CANARY}", email=f"x{CANARY}@proximus.example", text=f"About {CANARY}")
    agent, colleague = factories.make_staff(), factories.make_staff()
    preview = models.ErasurePreview.objects.create(request=case, parts=[], digest="0" * 64, prepared_by=agent, prepared_at=now)
    covered = models.PreviewRows.objects.create(preview=preview, source="accounts.contacts", part="contacts", number=0, row_keys=[case.pk])
    models.ErasurePreview.objects.update(approved_by=colleague)
    return {
        "rightsrequest": case,
        "sourcetask": desk_cast.make_task(case),
        "erasurepreview": preview,
        "previewrows": covered,
        "telling": told_by_hand(preview, by=agent, now=now),
        "link": models.Link.objects.create(
            request=case, purpose=LinkPurpose.CONFIRM, email=case.email, digest=CANARY.encode(), made_at=now, expires_at=now
        ),
        "accesscode": models.AccessCode.objects.create(
            reference=case.reference, request=case, digest=CANARY.encode(), asked_at=now, expires_at=now
        ),
        "identityclaim": models.IdentityClaim.objects.create(request=case, value=f"old{CANARY}@telenet.example", made_at=now),
        "withholding": models.Withholding.objects.create(
            request=case, source="accounts.contacts", part="contacts", row_key="1", column="name", by=agent, at=now
        ),
        "package": models.Package.objects.create(
            request=case,
            file_name=f"{CANARY}.age",
            sealed_key=CANARY.encode(),
            size=1,
            digest="0" * 64,
            rows=1,
            made_at=now,
            expires_at=now,
            downloads_left=3,
        ),
        "message": models.Message.objects.create(request=case, is_from_person=True, text=f"Hello {CANARY}", at=now),
        **beside(case, by=agent, now=now),
    }


def told_by_hand(preview: models.ErasurePreview, *, by: User, now: datetime) -> models.Telling:
    letter = Letter.objects.create(
        event="erasure_notice_by_post",
        language="en",
        about=preview.request.reference,
        by_hand_to=CANARY,
        message_id="<one@oxygis.example>",
        status=LetterStatus.DROPPED,
        next_try_at=now,
        written_at=now,
        expires_at=now,
    )
    return models.Telling.objects.create(preview=preview, letter=letter, kind="PHONE", impossible_because=CANARY, settled_at=now, by=by)


def beside(case: models.RightsRequest, *, by: User, now: datetime) -> dict[str, object]:
    """What stands beside a case of any right."""
    recipient = Processor.objects.create(code="press", name="Drukkerij Vos")
    return {
        "pause": models.Pause.objects.create(
            request=case, reason=PauseReason.IDENTITY, doubt=CANARY, asked=CANARY, proportionate=CANARY, asked_on=now.date(), by=by, at=now
        ),
        "reminder": models.Reminder.objects.create(request=case, occasion="late", at=now),
        "categorydecision": models.CategoryDecision.objects.create(
            request=case, source="accounts.contacts", ground=Ground.LEGAL_CLAIMS, article="1", until_event="the ruling", by=by, at=now
        ),
        "weighing": models.Weighing.objects.create(
            request=case, purpose="security", is_upheld=False, ground=Ground.COMPELLING_GROUNDS, reason=CANARY, by=by, at=now
        ),
        "mandate": models.Mandate.objects.create(
            request=case, kind=MandateKind.LAWYER, name=CANARY, email=f"law{CANARY}@nobody.example", note=CANARY
        ),
        "correction": models.Correction.objects.create(
            request=case, source="accounts.contacts", part="contact", field="name", old=CANARY, new=CANARY, evidence=CANARY, at=now
        ),
        "recipientnotice": models.RecipientNotice.objects.create(request=case, recipient=recipient, evidence=CANARY, made_at=now),
        "attachment": models.Attachment.objects.create(
            request=case,
            name=CANARY,
            content_type="text/plain",
            size=1,
            digest="0" * 64,
            file_name=CANARY,
            sealed_key=CANARY.encode(),
            at=now,
        ),
        "incomingmail": models.IncomingMail.objects.create(
            digest="0" * 64,
            sender=f"she{CANARY}@nobody.example",
            sender_name=CANARY,
            subject=CANARY,
            text=CANARY,
            language="en",
            received_at=now,
        ),
    }


def test_every_model_has_its_admin() -> None:
    assert [model.__name__ for model in MODELS if model not in admin.site._registry] == []


def test_lists_and_pages_show_no_person_and_no_secret(administrator: Client, rows: dict[str, object]) -> None:
    assert {model._meta.model_name for model in MODELS} == set(rows)
    for name, row in rows.items():
        for address in (
            reverse(f"admin:rights_requests_{name}_changelist"),
            reverse(f"admin:rights_requests_{name}_change", args=[row.pk]),  # type: ignore[attr-defined]
        ):
            response = administrator.get(address)
            assert response.status_code == 200, address
            assert CANARY not in response.content.decode(), address


def test_nothing_is_added_changed_or_deleted(administrator: Client, rows: dict[str, object]) -> None:
    for name, row in rows.items():
        before = type(row).objects.values().get(pk=row.pk)  # type: ignore[attr-defined]
        key = row.pk  # type: ignore[attr-defined]
        assert administrator.get(reverse(f"admin:rights_requests_{name}_add")).status_code == 403
        assert administrator.post(reverse(f"admin:rights_requests_{name}_change", args=[key]), {"status": "ANSWERED"}).status_code == 403
        assert administrator.post(reverse(f"admin:rights_requests_{name}_delete", args=[key]), {"post": "yes"}).status_code == 403
        assert type(row).objects.values().get(pk=key) == before  # type: ignore[attr-defined]


def test_a_request_is_found_by_its_reference_and_not_by_a_name(administrator: Client) -> None:
    case, other = desk_cast.make_case(), desk_cast.make_case()
    address = reverse("admin:rights_requests_rightsrequest_changelist")
    page = administrator.get(address, {"q": case.reference}).content.decode()
    assert case.reference in page
    assert other.reference not in page
    assert case.reference not in administrator.get(address, {"q": "Nathalie"}).content.decode()


@pytest.mark.parametrize("role", [UserRole.HELPDESK, UserRole.HR, UserRole.CUSTOMER])
def test_the_admin_is_not_for_everybody(role: UserRole) -> None:
    make = factories.make_user if role == UserRole.CUSTOMER else factories.make_staff
    visitor = factories.sign_in(Client(), make(role=role))
    assert visitor.get(reverse("admin:rights_requests_rightsrequest_changelist")).status_code in {302, 403, 404}
