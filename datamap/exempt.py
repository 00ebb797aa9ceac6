"""Models of libraries, and our own registers, that hold nothing of a person; each with its reason."""

from __future__ import annotations

from datamap.registry import exempt

EXEMPT = {
    "account.EmailConfirmation": "Never written: addresses are confirmed by codes that live in the session.",
    "auth.Group": "Never written: what a role may do is a table in accounts.roles.",
    "auth.Group_permissions": "Never written, like auth.Group.",
    "auth.Permission": "Names of permissions.",
    "contenttypes.ContentType": "Names of models.",
    "datamap.AdequacyDecision": "Decisions of the Commission about countries.",
    "datamap.NoProvider": "That no company works for us in a category.",
    "datamap.Notice": "Which colleague prepared and published a change of processors, by the number of the account.",
    "datamap.Paper": "Contracts and certificates of companies that work for us.",
    "datamap.FlowRecipient": "Which company may get which fields.",
    "datamap.PeriodChange": "Which colleague set a period and approved it, by the number of the account, for as long as events are kept.",
    "datamap.PolicyPeriod": "The longest periods that a version of the policy allows.",
    "datamap.PolicyVersion": "Published texts.",
    "datamap.Processor": "Companies that work for us.",
    "datamap.Processor_sub_processors": "Which company works through which other.",
    "datamap.StatutoryPeriod": "Terms set by law.",
    "datamap.Subsidiary": "Entities of the group and their contracts.",
    "django_celery_beat.ClockedSchedule": "Times of tasks.",
    "django_celery_beat.CrontabSchedule": "Times of tasks.",
    "django_celery_beat.IntervalSchedule": "Times of tasks.",
    "django_celery_beat.PeriodicTask": "Names of tasks; none takes a person as an argument.",
    "django_celery_beat.PeriodicTasks": "When the schedule changed.",
    "django_celery_beat.SolarSchedule": "Times of tasks.",
    "policy.DraftText": "The next text of the policy.",
    "policy.Link": "Pages of others that ours link to.",
    "policy.PolicyDraft": "Which colleague wrote and published a text of the policy, by the number of the account.",
    "policy.PromiseState": "Figures about promises, which name nobody; deleted when their years are over.",
    "policy.PromiseWatch": "Figures about promises, which name nobody.",
    "subjects.Home": "Which database is in service.",
    "sessions.Session": "Never written: accounts.Session stands in its place.",
}

for label, reason in EXEMPT.items():
    exempt(label, reason)
