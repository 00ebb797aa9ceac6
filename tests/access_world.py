"""Whom the access matrix sends to every address, and what there is for them to find."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.enums import UserRole
from audit import sealing
from audit.actor import Actor
from audit.enums import ActorKind
from hosting.models import Export, RegionRequest
from policy.models import ChangeObjection
from policy.services import begin as begin_policy
from recruitment import enums as recruitment
from retention import services as retention
from retention.models import Run
from rights_requests import attachments
from rights_requests.enums import LinkPurpose, Right, Status
from rights_requests.models import IncomingMail
from rights_requests.services import links
from security.tokens import policy_token
from tests.accounts import factories
from tests.addresses import every_address
from tests.api import cast as api_cast
from tests.browsing import cast as browsing_cast
from tests.consent import cast as consent_cast
from tests.datamap.register_cast import give_paper
from tests.events import cast as events_cast
from tests.hosting import cast as hosting_cast
from tests.policy import cast as policy_cast
from tests.recruitment import cast as jobs_cast
from tests.retention import house as retention_house
from tests.rights_requests import desk_cast
from tests.security import cast as breaches_cast
from tests.trends import cast as trends_cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.models import User
    from rights_requests.models import RightsRequest

ANONYMOUS, OWNER, OTHER, COMPANY = "anonymous", "owner", "other customer", "company administrator"
HELPDESK, OFFICER, HR, ADMIN = "helpdesk", "privacy officer", "human resources", "administrator"
VISITORS = (ANONYMOUS, OWNER, OTHER, COMPANY, HELPDESK, OFFICER, HR, ADMIN)


@dataclass(frozen=True, slots=True)
class World:
    """One case of the owner, with a letter; and a user for every kind of visitor."""

    users: Mapping[str, User | None]
    arguments: dict[str, object]
    tokens: Mapping[str, Mapping[str, object]]


def made() -> World:
    owner = factories.make_user(email="owner@customer.example")
    case = desk_cast.make_case(email=owner.email, account_id=owner.pk)
    company = factories.make_company()
    users = {
        ANONYMOUS: None,
        OWNER: owner,
        OTHER: factories.make_user(),
        COMPANY: factories.make_user(role=UserRole.COMPANY_ADMINISTRATOR, company=company),
        HELPDESK: factories.make_staff(UserRole.HELPDESK),
        OFFICER: factories.make_staff(UserRole.PRIVACY_OFFICER),
        HR: factories.make_staff(UserRole.HR),
        ADMIN: factories.make_staff(UserRole.ADMIN),
    }
    given, tokens = _given(case, users), _tokens()
    return World(users, given, tokens)


def _given(case: RightsRequest, users: Mapping[str, User | None]) -> dict[str, object]:
    """What stands in any address by its name."""
    letter = desk_cast.write_letter(case)
    mail = IncomingMail.objects.create(digest="0" * 64, language="en", received_at=timezone.now())
    file = attachments.keep(attachments.check("note.txt", b"Hello."), request=case, at=timezone.now())
    link = browsing_cast.make_case(browsing_cast.make_person())
    hold = browsing_cast.make_hold()
    return {
        **of_a_database(users[COMPANY], users[HELPDESK]),
        "reference": case.reference,
        "letter_id": letter.pk,
        "mail_id": mail.pk,
        "attachment_id": file.pk,
        "link_id": link.pk,
        "hold_id": hold.pk,
        **of_a_purge(),
        "draft_id": begin_policy(
            effective_on=timezone.localdate(), reason="Longer", actor=Actor(ActorKind.STAFF, id="1"), at=timezone.now()
        ).pk,
        "page": "nothing-such",
        "number": "P074",
        "receipt": consent_cast.record().pk,
        "site": consent_cast.SITE,
        "token_id": api_cast.make_token()[0].pk,
    }


def _tokens() -> dict[str, Mapping[str, object]]:
    """What stands in one address alone."""
    tokens: dict[str, Mapping[str, object]] = {
        "portal_link_confirm": {"token": link_of(desk_cast.make_case(Status.AWAITING_IDENTITY), LinkPurpose.CONFIRM)},
        "portal_link_cancel": {"token": link_of(desk_cast.make_case(Status.GRACE, Right.ERASURE), LinkPurpose.CANCEL)},
    }
    breach = breaches_cast.reported(timezone.now())
    one = {"reference": breach.reference, "step": "note", "code": "backups"}
    tokens |= dict.fromkeys(("desk_breach", "desk_breach_step", "desk_measure"), one)
    figures = {"release_id": trends_cast.released(timezone.now()).pk}
    tokens |= dict.fromkeys(("desk_trend", "trends_file"), figures)
    tokens["security_policy_link"] = {"token": policy_token(at=timezone.now())}
    return tokens | of_a_candidate() | of_a_change() | consent_cast.links_of_newsletter() | events_cast.links()


def of_a_change() -> dict[str, dict[str, object]]:
    """A processor that was announced, a paper of another, and an objection."""
    policy_cast.make_draft()
    notice = policy_cast.publish(policy_cast.officers(), at=timezone.now())
    other = factories.make_company()
    objection = ChangeObjection.objects.create(notice=notice, company=other.pk, ground="DUTY", made_at=timezone.now())
    return {
        "account_change": {"notice_id": notice.pk},
        "desk_change": {"notice_id": notice.pk},
        "desk_change_answer": {"notice_id": notice.pk, "objection_id": objection.pk},
        "desk_register": {"code": "azure"},
        "desk_register_paper": {"code": "azure", "paper_id": give_paper("azure").pk},
    }


def of_a_database(administrator: User | None, agent: User | None) -> dict[str, object]:
    """A database of a company's, and one of everything that is asked and done about it."""
    database = hosting_cast.order(administrator)
    backup = hosting_cast.make_backup(database)
    return {
        "database_id": database.pk,
        "export_id": Export.objects.create(database=database, asked_at=timezone.now()).pk,
        "grant_id": hosting_cast.make_grant(database, agent).pk,
        "request_id": RegionRequest.objects.create(database=database, region="FR", asked_at=timezone.now()).pk,
        "verb": "end",
        "backup_id": backup.pk,
        "restoration_id": hosting_cast.make_restoration(backup, agent).pk,
    }


def of_a_purge() -> dict[str, object]:
    """A run with its certificate, its rule, and a change of a period."""
    now = timezone.now()
    retention_house.make_blocks(2)
    source, rule = retention_house.block_rule()
    retention.keep_rule(source=source, rule=rule, at=now)
    sealing.seal_all(at=now)
    change = retention_house.ask_period(at=now)
    return {"run_id": Run.objects.get(rule=rule.code).pk, "code": rule.code, "change_id": change.pk}


def of_a_candidate() -> dict[str, dict[str, object]]:
    """Somebody who was offered a job, and somebody who works for us: each address of theirs with what leads there."""
    now = timezone.now()
    application = jobs_cast.bring(jobs_cast.apply(at=now), recruitment.Status.OFFER, at=now)
    message = application.messages.create(is_from_person=True, sender=application.email, text="Delete it.", at=now)
    employment = jobs_cast.hired(at=now, email="hired@candidate.example")
    paper = jobs_cast.add(employment, recruitment.PersonnelKind.PAYSLIP, now.date(), at=now)
    letter = jobs_cast.letters_of(application, "job_offer")[0]
    one: dict[str, object] = {
        "reference": application.reference,
        "document_id": application.documents.get().pk,
        "message_id": message.pk,
        "letter_id": letter.pk,
        "row_id": application.pk,
        "part": "letter",
        "action": "hire",
    }
    names = [address.name for address in every_address()]
    ours = [name for name in names if name.startswith("desk_application_")]
    employed: dict[str, object] = {"employment_id": employment.pk, "document_id": paper.pk}
    return {
        **dict.fromkeys(ours, one),
        **dict.fromkeys([name for name in names if name.startswith("desk_employment_")] + ["desk_employment"], employed),
        "jobs_apply": {"slug": application.vacancy.slug},
        "jobs_pool": {"token": jobs_cast.token_of(letter)},
        "jobs_offer": {"token": jobs_cast.token_of(letter, "offer_link")},
    }


def link_of(case: RightsRequest, purpose: LinkPurpose) -> str:
    now = timezone.now()
    token, _link = links.make(case, purpose=purpose, email=case.email, expires_at=now + timedelta(hours=1), at=now)
    return token
