"""Every way in, and who gets how far on it."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts.enums import STAFF_ROLES, UserRole
from accounts.models import User
from letters.models import Letter
from tests.accounts.factories import PASSWORD, TOTP_SECRET, code_now, make_staff, make_user, sign_in

pytestmark = pytest.mark.django_db


ENTRANCES = ["/account/login/", "/account/signup/", "/account/password/reset/"]
OWN_PAGES = ["account_home", "account_edit", "account_change_password", "account_email", "mfa_index"]


def log_in(client, user, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": user.email, "password": password})


def show_password_again(client):
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
@pytest.mark.parametrize("path", ENTRANCES)
def test_entrance_pages_open_in_every_language(client, path, language):
    prefix = "" if language == "en" else f"/{language}"
    response = client.get(f"{prefix}{path}")
    assert response.status_code == 200
    assert f'<html lang="{language}"' in response.content.decode()


@pytest.mark.parametrize("name", OWN_PAGES)
def test_own_pages_open_to_their_owner_and_ask_the_anonymous_to_sign_in(client, name):
    assert client.get(reverse(name)).status_code == 302
    sign_in(client, make_user())
    response = client.get(reverse(name))
    assert response.status_code == 200, response.headers.get("Location")


def test_customer_signs_in_with_address_and_password(client):
    user = make_user()
    response = log_in(client, user)
    assert response.status_code == 302
    assert response.url == reverse("account_home")
    assert client.get(reverse("account_home")).status_code == 200


def test_wrong_password_and_unknown_address_get_the_same_answer(client):
    known = log_in(client, make_user(), "wrong password here")
    unknown = client.post(reverse("account_login"), {"login": "nobody@nowhere.example", "password": "wrong password here"})
    assert known.status_code == unknown.status_code
    words = [re.findall(r"field-error.*?</div>", page.content.decode(), re.DOTALL) for page in (known, unknown)]
    assert words[0]
    assert words[0] == words[1]


def test_sixth_wrong_password_is_not_even_tried(client):
    user = make_user()
    for _turn in range(5):
        log_in(client, user, "wrong password here")
    assert log_in(client, user).status_code == 200, "the right password is refused too once the limit is reached"


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_staff_without_a_factor_reach_its_set_up_and_nothing_else(client, role):
    user = make_staff(role, has_second_factor=False)
    log_in(client, user)
    for url in (reverse("account_home"), reverse("desk_queue"), "/admin/", "/", reverse("contact"), reverse("account_email")):
        response = client.get(url)
        assert (response.status_code, response.headers.get("Location")) == (302, reverse("mfa_index")), url
    assert client.get(reverse("mfa_index")).status_code == 200
    show_password_again(client)
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_staff_with_a_factor_are_not_in_before_they_show_it(client, role):
    user = make_staff(role)
    assert log_in(client, user).url == reverse("mfa_authenticate")
    for url in (reverse("account_home"), reverse("desk_queue"), "/admin/"):
        assert reverse("account_login") in client.get(url).headers["Location"]
    response = client.post(reverse("mfa_authenticate"), {"code": code_now()})
    assert response.status_code == 302
    assert client.get(reverse("account_home")).status_code == 200


def test_staff_session_that_never_showed_the_factor_is_ended(client):
    sign_in(client, make_staff(), with_second_factor=False)
    assert reverse("account_login") in client.get(reverse("desk_queue")).headers["Location"]
    assert "_auth_user_id" not in client.session


def test_code_of_the_app_works_once(client):
    user = make_staff()
    log_in(client, user)
    code = code_now()
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    client.post(reverse("account_logout"))
    log_in(client, user)
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db(transaction=True)
def test_setting_up_an_app_opens_the_desk_and_its_code_opens_nothing_more(client):
    user = make_staff(has_second_factor=False)
    log_in(client, user)
    show_password_again(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    code = code_now(secret)
    assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    assert client.get(reverse("account_home")).status_code == 200
    client.post(reverse("account_logout"))
    log_in(client, user)
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200


@pytest.mark.parametrize("way_out", ["/account/logout/", "/admin/logout/"])
def test_signing_out_has_the_browser_forget_what_it_kept_and_nothing_else_does(client, way_out):
    sign_in(client, make_staff(UserRole.ADMIN))
    assert "Clear-Site-Data" not in client.get(reverse("account_home")).headers
    response = client.post(way_out)
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in client.get(response.url).headers


def test_the_admin_has_no_sign_in_of_its_own(client):
    assert client.get("/admin/login/").headers["Location"].startswith(reverse("account_login"))
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).headers["Location"].startswith(reverse("account_login"))
    assert client.get("/admin/").headers["Location"].startswith(reverse("account_login"))


ADMIN_ANSWERS = {
    UserRole.CUSTOMER: 404,
    UserRole.COMPANY_ADMINISTRATOR: 404,
    UserRole.HELPDESK: 404,
    # Human resources find their own room there, and no other.
    UserRole.HR: 200,
    UserRole.PRIVACY_OFFICER: 200,
    UserRole.ADMIN: 200,
}


@pytest.mark.parametrize(("role", "status"), ADMIN_ANSWERS.items())
def test_the_admin_opens_to_administrators_and_the_privacy_officer(client, role, status):
    sign_in(client, make_staff(role) if role in STAFF_ROLES else make_user(role=role))
    assert client.get("/admin/").status_code == status


def test_seed_of_a_factor_is_sealed_at_rest():
    authenticator = make_staff().authenticator_set.get()
    assert TOTP_SECRET not in str(authenticator.data)
    assert authenticator.wrap().validate_code(code_now())


def test_password_is_kept_as_argon2(client):
    assert make_user().password.startswith("argon2$argon2id$")


def sign_up(client, **changes):
    data = {"email": "new@customer.example", "password1": PASSWORD, "name": "Louise Baert", **changes}
    return client.post(reverse("account_signup"), data)


@pytest.mark.promise("P006")
def test_sign_up_asks_no_postal_address(client):
    form = client.get(reverse("account_signup")).context["form"]
    assert set(form.fields) == {"name", "email", "password1", "company_name", "telephone"}
    assert [name for name, field in form.fields.items() if field.required] == ["name", "email", "password1"]


@pytest.mark.promise("P005")
def test_sign_up_works_with_the_optional_fields_empty_and_asks_for_a_code(client):
    response = sign_up(client)
    assert response.url == reverse("account_email_verification_sent")
    assert client.get(response.url).status_code == 200
    user = User.objects.get(email="new@customer.example")
    assert (user.name, user.role, user.phone, user.company_name, user.interest) == (
        "Louise Baert",
        UserRole.CUSTOMER,
        "",
        "",
        "",
    )
    letter = Letter.objects.get()
    assert (letter.event, letter.recipient, letter.is_shown_to_person) == ("account_mail", user.email, False)
    assert client.get(reverse("account_home")).status_code == 302


def test_sign_up_with_a_known_address_says_the_same_and_makes_nothing(client):
    user = make_user("new@customer.example")
    response = sign_up(client)
    assert response.url == reverse("account_email_verification_sent")
    assert User.objects.get() == user
    assert Letter.objects.count() == 1


@pytest.mark.parametrize("is_known", [True, False])
def test_reset_answers_alike_for_known_and_unknown_addresses(client, is_known, django_assert_max_num_queries):
    if is_known:
        make_user("somebody@customer.example")
    response = client.post(reverse("account_reset_password"), {"email": "somebody@customer.example"})
    assert response.url == reverse("account_confirm_password_reset_code")
    page = client.get(response.url)
    assert page.status_code == 200
    assert Letter.objects.count() == 1


@pytest.mark.promise("P008")
def test_card_number_typed_at_sign_up_is_masked(client):
    sign_up(client, company_name="Card 4111 1111 1111 1111")
    assert "4111 1111" not in User.objects.get().company_name
