"""What each role may do: one table, plain Python. There is no other source of rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.enums import DESK_ROLES, STAFF_ROLES, UserRole

if TYPE_CHECKING:
    from collections.abc import Mapping

PERMISSIONS: Mapping[str, frozenset[UserRole]] = {
    "rights_requests.work_on_request": DESK_ROLES,
    # The database sees to it that the approver is not the one who prepared it.
    "rights_requests.approve_erasure": DESK_ROLES,
    "datamap.open_locked_rows": frozenset({UserRole.PRIVACY_OFFICER}),
    # What a restriction set aside (Art. 18): the officer finds it in every list, an administrator where they look for it.
    "datamap.see_restricted_rows": frozenset({UserRole.PRIVACY_OFFICER, UserRole.ADMIN}),
    "datamap.list_restricted_rows": frozenset({UserRole.PRIVACY_OFFICER}),
    # Candidates and staff: human resources, and nobody else (P027).
    "recruitment.work_on_applications": frozenset({UserRole.HR}),
    # A purge that is out of proportion: the database sees to it that two people let it go on.
    "retention.release_plans": frozenset({UserRole.PRIVACY_OFFICER, UserRole.ADMIN}),
    # More deletions by hand than one person may: the database sees to it that nobody allows their own.
    "accounts.allow_deletions": frozenset({UserRole.PRIVACY_OFFICER, UserRole.ADMIN}),
    # Statistics of visits, and the cases that link visits with a person: the database sees to it that two people open one.
    "browsing.see_statistics": frozenset({UserRole.PRIVACY_OFFICER, UserRole.ADMIN}),
    "browsing.link_visits": frozenset({UserRole.PRIVACY_OFFICER, UserRole.ADMIN}),
    # What visitors chose, as figures. The database sees to it that two people publish what is asked of them.
    "consent.see_statistics": frozenset({UserRole.PRIVACY_OFFICER, UserRole.ADMIN}),
    # The texts of the policy: the database sees to it that whoever wrote one does not publish it.
    "policy.edit_texts": frozenset({UserRole.PRIVACY_OFFICER, UserRole.ADMIN}),
    # Whoever notices a breach reports it; who handles it is told at once. The database sees to it that two people decide to tell nobody.
    "security.report_breach": STAFF_ROLES,
    "security.handle_breaches": frozenset({UserRole.PRIVACY_OFFICER, UserRole.ADMIN}),
    "security.keep_measures": frozenset({UserRole.PRIVACY_OFFICER, UserRole.ADMIN}),
    # Figures for the public: the database sees to it that two people release them.
    "trends.release": frozenset({UserRole.PRIVACY_OFFICER, UserRole.ADMIN}),
    # Which promises are kept, with the figures behind them; none of these names anybody.
    "policy.see_promises": DESK_ROLES,
    # Processors, their papers, and the record of processing. The database sees to it that two people publish a notice of a change.
    "datamap.keep_registers": frozenset({UserRole.PRIVACY_OFFICER, UserRole.ADMIN}),
    "policy.object_to_changes": frozenset({UserRole.COMPANY_ADMINISTRATOR}),
    # Registrations to organisers and sponsors, interests to partners: the ledger sees to it that nothing else leaves.
    "events.pass_on": DESK_ROLES,
    # What other systems of ours are let in with.
    "api.manage_tokens": frozenset({UserRole.PRIVACY_OFFICER, UserRole.ADMIN}),
    "accounts.edit_company": frozenset({UserRole.COMPANY_ADMINISTRATOR}),
    "hosting.manage_databases": frozenset({UserRole.COMPANY_ADMINISTRATOR}),
    # To ask for access, and to approve a colleague's: the database sees to it that nobody approves their own.
    "hosting.look_into_databases": DESK_ROLES,
    # Which systems are connected, and which of them do not answer.
    "connectors.see_systems": frozenset({UserRole.PRIVACY_OFFICER, UserRole.ADMIN}),
    "accounts.use_admin": frozenset({UserRole.ADMIN, UserRole.PRIVACY_OFFICER, UserRole.HR}),
}

#: Rooms whose records one role alone opens in the admin, which opens no other there.
RESERVED: Mapping[str, UserRole] = {"recruitment": UserRole.HR}
#: In the admin an administrator keeps the records; the privacy officer reads all of them, and changes these.
OFFICER_CHANGES = frozenset({"subjects", "datamap", "letters", "consent"})


def roles_with(permission: str) -> frozenset[UserRole]:
    return PERMISSIONS.get(permission, frozenset())


def may(*, role: str, permission: str) -> bool:
    return role in roles_with(permission)


def is_open_in_admin(*, role: str, permission: str) -> bool:
    """Whether the admin shows a role this model permission ("accounts.change_contact")."""
    app, _, verb = permission.partition(".")
    if app in RESERVED or role in RESERVED.values():
        return RESERVED.get(app) == role
    if role == UserRole.ADMIN:
        return True
    return role == UserRole.PRIVACY_OFFICER and (verb.startswith("view_") or app in OFFICER_CHANGES)
