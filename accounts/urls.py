from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from accounts import views

urlpatterns: list[URLPattern | URLResolver] = [
    *([path("account/", include("allauth.account.urls"))] if settings.IS_ANSWERING else []),
    *([path("account/2fa/", include("allauth.mfa.urls"))] if settings.IS_ANSWERING else []),
    path("me/", views.account_home, name="account_home"),
    path("me/edit/", views.account_edit, name="account_edit"),
    path("me/company/", views.account_company_edit, name="account_company_edit"),
    path("me/sessions/", views.account_sessions, name="account_sessions"),
    path("me/sessions/end/", views.account_sessions_end, name="account_sessions_end"),
    path("me/sessions/<uuid:session_id>/end/", views.account_session_end, name="account_session_end"),
    path("contact/", views.contact, name="contact"),
    path("contact/sent/", views.contact_sent, name="contact_sent"),
]
