from __future__ import annotations

from django.urls import path

from security.views import breaches, measures, policy

urlpatterns = [
    path("security/", policy.security, name="security"),
    path("security/sent/", policy.security_sent, name="security_sent"),
    path("security/policy/", policy.security_policy, name="security_policy"),
    path("security/policy/<str:token>/", policy.security_policy_link, name="security_policy_link"),
    path("desk/breaches/", breaches.desk_breaches, name="desk_breaches"),
    path("desk/breaches/report/", breaches.desk_breach_report, name="desk_breach_report"),
    path("desk/breaches/<str:reference>/", breaches.desk_breach, name="desk_breach"),
    path("desk/breaches/<str:reference>/<slug:step>/", breaches.desk_breach_step, name="desk_breach_step"),
    path("desk/measures/", measures.desk_measures, name="desk_measures"),
    path("desk/measures/<str:code>/", measures.desk_measure, name="desk_measure"),
]
