"""Who may open what: every address of the resolver against every kind of visitor. An address without a line fails."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client

from accounts.enums import UserRole
from tests.access_world import ADMIN, ANONYMOUS, COMPANY, HELPDESK, HR, OFFICER, OTHER, OWNER, VISITORS, World, made
from tests.accounts import factories
from tests.addresses import Address, every_address, is_in_admin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponseBase

    from accounts.models import User

pytestmark = pytest.mark.django_db

DESK_STAFF = frozenset({HELPDESK, OFFICER, ADMIN})


@dataclass(frozen=True, slots=True)
class Line:
    """Who gets in, and what the anonymous and all others meet instead."""

    open_to: frozenset[str]
    anonymous: frozenset[str] = frozenset({"sign in"})
    others: frozenset[str] = frozenset({"nothing there"})
    inside: frozenset[str] = frozenset({"open"})

    def expected(self, visitor: str) -> frozenset[str]:
        if visitor in self.open_to:
            return self.inside
        return self.anonymous if visitor == ANONYMOUS else self.others


NOTHING = frozenset({"nothing there"})
EVERYBODY = Line(frozenset(VISITORS))
SIGNED_IN = Line(frozenset(VISITORS) - {ANONYMOUS})
OWNER_ONLY = Line(frozenset({OWNER}), anonymous=NOTHING)
COMPANY_ONLY = Line(frozenset({COMPANY}))
DESK = Line(DESK_STAFF)
HR_ONLY = Line(frozenset({HR}))
#: Visits and periods: for those who answer for them.
VISITS = Line(frozenset({OFFICER, ADMIN}))
#: Whoever of our staff notices a breach reports it.
STAFF = Line(DESK_STAFF | {HR})
#: The case of the test asks for something else.
OF_A_RECTIFICATION = Line(DESK_STAFF, inside=NOTHING)
#: Steps of a sign-in or a reset: who is not in the middle of one is sent to its beginning.
STEP = Line(frozenset(VISITORS), inside=frozenset({"open", "sign in"}))
#: One's own second factor: who has none finds none.
OWN_FACTOR = Line(frozenset(VISITORS) - {ANONYMOUS}, inside=frozenset({"open", "nothing there"}))
#: One of one's own sessions: nobody's has this key.
OWN_SESSION = Line(frozenset(VISITORS) - {ANONYMOUS}, inside=NOTHING)
#: A choice that another browser made.
OF_THIS_BROWSER = Line(frozenset(VISITORS) - {ANONYMOUS}, inside=NOTHING)
#: What no test run has: the demo's mailbox, a page or version of a name that does not exist.
NOT_HERE = Line(frozenset(), anonymous=NOTHING)
#: For other systems, by their tokens (see ``tests/api``): nobody is let in who only signed in.
PROGRAMS = Line(frozenset(), anonymous=frozenset({"no token"}), others=frozenset({"no token"}))

MATRIX: Mapping[str, Line] = {
    "accessibility": EVERYBODY,
    "account_change": COMPANY_ONLY,
    "account_change_password": SIGNED_IN,
    "account_choices": SIGNED_IN,
    "account_choices_let_go": SIGNED_IN,
    "account_company_edit": COMPANY_ONLY,
    "account_complete_password_reset": EVERYBODY,
    "account_confirm_login_code": STEP,
    "account_confirm_password_reset_code": STEP,
    "account_edit": SIGNED_IN,
    "account_email": SIGNED_IN,
    "account_email_verification_sent": STEP,
    "account_home": SIGNED_IN,
    "account_inactive": EVERYBODY,
    "account_login": EVERYBODY,
    "account_logout": EVERYBODY,
    "account_password_reset_completed": EVERYBODY,
    "account_reauthenticate": SIGNED_IN,
    "account_reset_password": EVERYBODY,
    "account_session_end": OWN_SESSION,
    "account_sessions": SIGNED_IN,
    "account_sessions_end": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "account_signup": EVERYBODY,
    "api_consent": PROGRAMS,
    "api_gate": PROGRAMS,
    "api_nothing": NOT_HERE,
    "api_request": PROGRAMS,
    "api_requests": PROGRAMS,
    "api_root": EVERYBODY,
    "api_schema": EVERYBODY,
    "api_task_claims": PROGRAMS,
    "api_task_erased": PROGRAMS,
    "api_task_found": PROGRAMS,
    "api_task_lease": PROGRAMS,
    "api_task_return": PROGRAMS,
    "api_task_rows": PROGRAMS,
    "api_disclosures": PROGRAMS,
    "api_visits": PROGRAMS,
    "consent_choices": EVERYBODY,
    "consent_notice": EVERYBODY,
    "consent_receipt": EVERYBODY,
    "consent_receipt_json": EVERYBODY,
    "consent_receipt_keep": OF_THIS_BROWSER,
    "contact": EVERYBODY,
    "cookies": EVERYBODY,
    "contact_sent": EVERYBODY,
    "demo_components_page_show": NOT_HERE,
    "demo_components_show": EVERYBODY,
    "desk_file": DESK,
    "desk_application_document": HR_ONLY,
    "desk_application_enter": HR_ONLY,
    "desk_application_flag": HR_ONLY,
    "desk_application_letter": HR_ONLY,
    "desk_application_message": HR_ONLY,
    "desk_application_offer": HR_ONLY,
    "desk_application_open": HR_ONLY,
    "desk_application_read": HR_ONLY,
    "desk_application_redact": HR_ONLY,
    "desk_application_reply": HR_ONLY,
    "desk_application_request": HR_ONLY,
    "desk_application_step": HR_ONLY,
    "desk_applications": HR_ONLY,
    "desk_employment": HR_ONLY,
    "desk_employment_add": HR_ONLY,
    "desk_employment_document": HR_ONLY,
    "desk_employment_end": HR_ONLY,
    "desk_employments": HR_ONLY,
    "desk_access": DESK,
    "desk_breach": VISITS,
    "desk_breach_report": STAFF,
    "desk_breach_step": VISITS,
    "desk_breaches": VISITS,
    "desk_change": VISITS,
    "desk_change_answer": VISITS,
    "desk_changes": VISITS,
    "desk_choices": VISITS,
    "desk_disclosures": DESK,
    "desk_event": DESK,
    "desk_event_hand_over": DESK,
    "desk_events": DESK,
    "desk_interest": DESK,
    "desk_interests": DESK,
    "desk_database": DESK,
    "desk_databases": DESK,
    "desk_letter": DESK,
    "desk_letter_pdf": DESK,
    "desk_letter_settle": DESK,
    "desk_letters": DESK,
    "desk_measure": VISITS,
    "desk_measures": VISITS,
    "desk_notices": DESK,
    "desk_mail": DESK,
    "desk_mails": DESK,
    "desk_policy": VISITS,
    "desk_policy_draft": VISITS,
    "desk_promise": DESK,
    "desk_promises": DESK,
    "desk_queue": DESK,
    "desk_region_answer": DESK,
    "desk_queue_assign": DESK,
    "desk_request_action": DESK,
    "desk_request_correct": OF_A_RECTIFICATION,
    "desk_request_correction": OF_A_RECTIFICATION,
    "desk_request_name": DESK,
    "desk_request_open": DESK,
    "desk_request_package": DESK,
    "desk_request_record": DESK,
    "desk_request_recorded": DESK,
    "desk_request_source": DESK,
    "desk_restoration": DESK,
    "desk_restore": DESK,
    "desk_processing": VISITS,
    "desk_processing_csv": VISITS,
    "desk_processing_pdf": VISITS,
    "desk_register": VISITS,
    "desk_register_paper": VISITS,
    "desk_registers": VISITS,
    "desk_registers_export": VISITS,
    "desk_registers_import": VISITS,
    "desk_token_revoke": VISITS,
    "desk_tokens": VISITS,
    "developers": EVERYBODY,
    "desk_retention": VISITS,
    "desk_retention_certificate": VISITS,
    "desk_retention_certificate_file": VISITS,
    "desk_retention_change": VISITS,
    "desk_retention_period": VISITS,
    "desk_retention_rule": VISITS,
    "desk_retention_run": VISITS,
    "desk_retention_runs": VISITS,
    "desk_systems": VISITS,
    "desk_trend": VISITS,
    "desk_trends": VISITS,
    "desk_visits": VISITS,
    "desk_visits_hold_release": VISITS,
    "desk_visits_hold_review": VISITS,
    "desk_visits_holds": VISITS,
    "desk_visits_link": VISITS,
    "desk_visits_linked": VISITS,
    "desk_visits_links": VISITS,
    "events": EVERYBODY,
    "events_confirm": EVERYBODY,
    "events_own": EVERYBODY,
    "events_register": EVERYBODY,
    "events_sent": EVERYBODY,
    "partners": EVERYBODY,
    "partners_confirm": EVERYBODY,
    "partners_own": EVERYBODY,
    "partners_sent": EVERYBODY,
    "favicon": EVERYBODY,
    "health": EVERYBODY,
    "health_promises": EVERYBODY,
    "hook_mailchimp": NOT_HERE,
    "retention_health": EVERYBODY,
    "home": EVERYBODY,
    "jobs": EVERYBODY,
    "jobs_apply": EVERYBODY,
    "jobs_offer": EVERYBODY,
    "jobs_pool": EVERYBODY,
    "jobs_sent": EVERYBODY,
    "hosting_access_end": COMPANY_ONLY,
    "hosting_backup_ask": COMPANY_ONLY,
    "hosting_backups": COMPANY_ONLY,
    "hosting_cancel": COMPANY_ONLY,
    "hosting_database": COMPANY_ONLY,
    "hosting_databases": COMPANY_ONLY,
    "hosting_delete": COMPANY_ONLY,
    "hosting_delete_call_off": COMPANY_ONLY,
    "hosting_delete_confirm": COMPANY_ONLY,
    "hosting_erased": COMPANY_ONLY,
    "hosting_export": COMPANY_ONLY,
    "hosting_export_take": COMPANY_ONLY,
    "hosting_password": COMPANY_ONLY,
    "hosting_reactivate": COMPANY_ONLY,
    "hosting_region": COMPANY_ONLY,
    "hosting_replica": COMPANY_ONLY,
    "demo_website": NOT_HERE,
    "demo_website_calendar": NOT_HERE,
    "demo_website_tag": NOT_HERE,
    "hosting_restored": COMPANY_ONLY,
    "mailbox": NOT_HERE,
    "mailbox_codes": NOT_HERE,
    "mailbox_message": NOT_HERE,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_authenticate": STEP,
    "mfa_deactivate_totp": OWN_FACTOR,
    "mfa_download_recovery_codes": OWN_FACTOR,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_index": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_view_recovery_codes": OWN_FACTOR,
    "newsletter": EVERYBODY,
    "newsletter_confirm": EVERYBODY,
    "newsletter_sent": EVERYBODY,
    "newsletter_unsubscribe": EVERYBODY,
    "policy_in_force": EVERYBODY,
    "policy_data": EVERYBODY,
    "policy_changes": NOT_HERE,
    "policy_promises": EVERYBODY,
    "policy_version": NOT_HERE,
    "portability_schema": EVERYBODY,
    "processors": EVERYBODY,
    "processors_version": NOT_HERE,
    "registers_health": EVERYBODY,
    "portal_cases": SIGNED_IN,
    "portal_case": OWNER_ONLY,
    "portal_case_file": OWNER_ONLY,
    "portal_case_letter": OWNER_ONLY,
    "portal_case_letter_pdf": OWNER_ONLY,
    "portal_case_link": OWNER_ONLY,
    "portal_case_message": OWNER_ONLY,
    "portal_case_package": OWNER_ONLY,
    "portal_case_verify": OWNER_ONLY,
    "portal_case_withdraw": OWNER_ONLY,
    "portal_follow": EVERYBODY,
    "portal_follow_code": EVERYBODY,
    "portal_link_cancel": EVERYBODY,
    "portal_link_confirm": EVERYBODY,
    "portal_request_check": EVERYBODY,
    "portal_request_details": EVERYBODY,
    "portal_request_person": EVERYBODY,
    "portal_rights": EVERYBODY,
    "portal_request_right": EVERYBODY,
    "portal_request_sent": EVERYBODY,
    "security": EVERYBODY,
    "security_policy": SIGNED_IN,
    "security_policy_link": EVERYBODY,
    "security_sent": EVERYBODY,
    "trends": EVERYBODY,
    "trends_file": EVERYBODY,
}


#: The way into the admin is the one sign-in; its scripts' words say nothing about anybody.
ADMIN_FOR_ALL = frozenset({"admin:jsi18n"})


@pytest.fixture
def world() -> World:
    return made()


def cookies_of(user: User | None) -> SimpleCookie:
    client = Client()
    return factories.sign_in(client, user).cookies if user else client.cookies


def visit(world: World, cookies: SimpleCookie, address: Address, method: str) -> HttpResponseBase:
    """Each visit is the first: what an earlier one did is undone."""
    client = Client()
    client.cookies = SimpleCookie(cookies.output(header="", attrs=[], sep=";"))
    with transaction.atomic():
        response = getattr(client, method)(address.path(**{**world.arguments, **world.tokens.get(address.name, {})}))
        transaction.set_rollback(True)
    return response  # type: ignore[no-any-return]


def outcome(response: HttpResponseBase) -> str:
    if response.status_code in {301, 302} and "/account/login/" in response.headers["Location"]:
        return "sign in"
    return {401: "no token", 404: "nothing there", 403: "refused", 405: "no such method"}.get(response.status_code, "open")


def test_every_address_has_a_line_and_every_line_an_address() -> None:
    assert {address.name for address in every_address() if not is_in_admin(address)} == set(MATRIX)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("visitor", VISITORS)
def test_every_address_opens_to_whom_its_line_says(world: World, visitor: str, method: str) -> None:
    found = {}
    cookies = cookies_of(world.users[visitor])
    for address in every_address():
        if is_in_admin(address):
            continue
        response = visit(world, cookies, address, method)
        got, expected = outcome(response), MATRIX[address.name].expected(visitor)
        if got not in {*expected, "no such method"}:
            found[address.name] = f"{got} ({response.status_code}), not {expected}"
    assert found == {}


#: Who may look into the admin at all; what is theirs to change there, the tests of each room say.
ADMIN_STAFF = frozenset({ADMIN, OFFICER, HR})


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("visitor", sorted(set(VISITORS) - ADMIN_STAFF - {OWNER, OTHER}))
def test_the_admin_opens_to_nobody_else(world: World, visitor: str, method: str) -> None:
    """Customers are one kind here: the one who may do most stands for them."""
    cookies = cookies_of(world.users[visitor])
    found = {}
    for address in every_address():
        if is_in_admin(address) and address.name not in ADMIN_FOR_ALL:
            response = visit(world, cookies, address, method)
            if outcome(response) not in {"sign in", "nothing there", "refused"}:
                found[address.name] = (outcome(response), response.status_code, response.headers.get("Location", ""))
    assert found == {}


def test_the_admin_opens_to_those_who_keep_the_records(world: World) -> None:
    index = next(address for address in every_address() if address.name == "admin:index")
    for visitor in ADMIN_STAFF:
        assert outcome(visit(world, cookies_of(world.users[visitor]), index, "get")) == "open"


def test_human_resources_find_their_own_room_in_the_admin_and_nobody_else_does(world: World) -> None:
    """Whoever opens the one opens nothing of the other (P027)."""
    lists = [address for address in every_address() if address.name.startswith("admin:") and address.name.endswith("_changelist")]
    ours = {address.name for address in lists if address.name.startswith("admin:recruitment_")}
    assert len(ours) == 8
    for visitor in ADMIN_STAFF:
        cookies = cookies_of(world.users[visitor])
        found = {address.name for address in lists if outcome(visit(world, cookies, address, "get")) == "open"}
        assert (found & ours, bool(found - ours)) == ((ours, False) if visitor == HR else (set(), True)), visitor


def test_staff_with_a_password_alone_get_nowhere(world: World) -> None:
    """Every page of the desk and the admin asks for the second factor first."""
    agent = factories.make_staff(UserRole.ADMIN, has_second_factor=False)
    cookies = cookies_of(agent)
    for address in every_address():
        if is_in_admin(address) or address.name.startswith("desk_"):
            response = visit(world, cookies, address, "get")
            assert response.status_code in {302, 403, 404, 405}, address.name
            assert not response.headers.get("Location", "").startswith(("/desk", "/admin/")), address.name
