"""A change of SECRET_KEY: what the old key sealed still opens, what is sealed from now on needs the new one."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from allauth.mfa.adapter import get_adapter
from cryptography.fernet import InvalidToken
from django.core.management import call_command
from django.urls import reverse

from accounts.models import Contact
from consent import tokens
from consent.models import Subscription
from datamap import asking, registry
from datamap.files import keys
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.accounts.factories import PASSWORD, code_now, make_staff
from tests.consent.cast import subscription

if TYPE_CHECKING:
    from collections.abc import Callable

NEW = "a key that nobody had before"
OWNER = uuid4()


@pytest.fixture
def change_key(settings, monkeypatch) -> Callable[..., None]:
    def change(*, is_old_known: bool = True) -> None:
        # A process that starts with new keys remembers no statement of before.
        monkeypatch.setattr(asking, "_kept", {})
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if is_old_known else []
        settings.SECRET_KEY = NEW

    return change


def forget_old(settings) -> None:
    settings.SECRET_KEY_FALLBACKS = []


def test_the_key_of_a_package_opens_after_the_change_and_not_without_the_old_key(settings, change_key):
    sealed = keys.seal(use="test", bound_to=OWNER, secret="AGE-SECRET-KEY")

    change_key()
    assert keys.unseal(use="test", bound_to=OWNER, sealed=sealed) == "AGE-SECRET-KEY"
    with pytest.raises(InvalidToken):
        keys.unseal(use="test", bound_to=uuid4(), sealed=sealed)
    with pytest.raises(InvalidToken):
        keys.unseal(use="another", bound_to=OWNER, sealed=sealed)

    forget_old(settings)
    with pytest.raises(InvalidToken):
        keys.unseal(use="test", bound_to=OWNER, sealed=sealed)


def test_the_key_of_a_new_package_is_sealed_with_the_new_key(settings, change_key):
    change_key()
    sealed = keys.seal(use="test", bound_to=OWNER, secret="AGE-SECRET-KEY")

    forget_old(settings)
    assert keys.unseal(use="test", bound_to=OWNER, sealed=sealed) == "AGE-SECRET-KEY"


def test_the_seed_of_a_second_factor_opens_after_the_change_and_new_ones_need_the_new_key(settings, change_key):
    adapter = get_adapter()
    old = adapter.encrypt("JBSWY3DPEHPK3PXP")

    change_key()
    new = adapter.encrypt("KRUGS4ZANFZSAYJA")
    assert (adapter.decrypt(old), adapter.decrypt(new)) == ("JBSWY3DPEHPK3PXP", "KRUGS4ZANFZSAYJA")

    forget_old(settings)
    assert adapter.decrypt(new) == "KRUGS4ZANFZSAYJA"
    with pytest.raises(InvalidToken):
        adapter.decrypt(old)


@pytest.mark.django_db
def test_a_colleague_signs_in_with_the_factor_set_up_before_the_change(client, change_key):
    colleague = make_staff()
    change_key()

    client.post(reverse("account_login"), {"login": colleague.email, "password": PASSWORD})
    answer = client.post(reverse("mfa_authenticate"), {"code": code_now()})

    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("desk_queue"))


@pytest.mark.django_db
def test_who_was_erased_before_the_change_is_not_brought_back_by_an_old_file(tmp_path, change_key, at):
    email = "gone@customer.example"
    subject = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=at)
    subjects.block_import(values=[email], at=at)
    file = tmp_path / "old.csv"
    file.write_text(f"kind,number,name,email,collected_at\ncontact,C1,Jan,{email},2026-01-05\n", encoding="utf-8")

    change_key()
    call_command("import_customers", str(file), stdout=StringIO())

    assert not Contact.objects.exists()
    assert registry.get("subjects.erased").count(subject) == {"importblock": 1}


@pytest.mark.django_db
@pytest.mark.promise("P023")
@pytest.mark.parametrize("is_old_known", [True, False])
def test_the_way_out_of_a_newsletter_works_for_as_long_as_it_lies_in_a_mailbox(client, settings, change_key, is_old_known):
    """Under a key that is forgotten since too; and it stops what the mailbox subscribed to under a later one."""
    first = tokens.unsubscribe_token(subscription("noor@customer.example"))
    lasting = tokens.unsubscribe_token(subscription("jan@customer.example"))
    one_click = {"List-Unsubscribe": "One-Click"}
    client.post(reverse("newsletter_unsubscribe", args=[first]), one_click)

    change_key()
    subscription("noor@customer.example")
    if not is_old_known:
        forget_old(settings)

    assert Subscription.objects.running().count() == 2
    for token in (first, lasting):
        assert client.post(reverse("newsletter_unsubscribe", args=[token]), one_click).status_code == 200
    assert not Subscription.objects.running().exists()
