from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RunStatus(models.TextChoices):
    PLANNED = "PLANNED", pgettext_lazy("state of a run", "Planned")
    STOPPED = "STOPPED", pgettext_lazy("state of a run", "Stopped")
    RELEASED = "RELEASED", pgettext_lazy("state of a run", "Released")
    APPLYING = "APPLYING", pgettext_lazy("state of a run", "Being applied")
    DONE = "DONE", pgettext_lazy("state of a run", "Done")
    FAILED = "FAILED", pgettext_lazy("state of a run", "Failed")


#: A rule has one run of these at most, and is not planned again before that has ended.
OPEN_STATUSES = frozenset({RunStatus.PLANNED, RunStatus.STOPPED, RunStatus.RELEASED, RunStatus.APPLYING})


class RunAction(models.TextChoices):
    STOP = "STOP", _("stop")
    RELEASE = "RELEASE", _("release")
    APPLY = "APPLY", _("apply")
    FINISH = "FINISH", _("finish")
    GIVE_UP = "GIVE_UP", _("give up")


class StopReason(models.TextChoices):
    """Why a plan waits for two people."""

    FIRST_RUN = "FIRST_RUN", _("first run of the rule")
    RULE_EDITED = "RULE_EDITED", _("the rule was changed")
    TOO_MANY = "TOO_MANY", _("more rows than any run may delete")
    TOO_LARGE_A_SHARE = "TOO_LARGE_A_SHARE", _("too large a share of the table")
    OUT_OF_PROPORTION = "OUT_OF_PROPORTION", _("out of proportion to earlier runs")
    LONG_SILENCE = "LONG_SILENCE", _("the clock is far from anything recorded")


class RuleState(models.TextChoices):
    """What a rule does, as a page says it in a word."""

    NEVER = "NEVER", _("Has not run yet")
    KEPT = "KEPT", pgettext_lazy("state of a rule", "Kept")
    RUNNING = "RUNNING", _("Runs now")
    RELEASED = "RELEASED", _("Goes with the next round")
    STOPPED = "STOPPED", _("Waits for two people")
    FAILING = "FAILING", _("Does not run")


class AlarmKind(models.TextChoices):
    """What the privacy officer is told of at once."""

    NO_BEAT = "NO_BEAT", _("No round has begun for two hours: nothing is deleted any more")
    ROUND_REFUSED = "ROUND_REFUSED", _("No round begins: the clocks disagree")
    NOT_KEPT = "NOT_KEPT", _("The rule has not run for two hours")
    PAST_MAXIMUM = "PAST_MAXIMUM", _("Data older than the policy allows waits behind a stopped plan")
    STOPPED = "STOPPED", _("A plan waits for two people")
    FEW_HOLDERS = "FEW_HOLDERS", _("Fewer than two people can release a stopped plan")
    HOLD_REVIEW = "HOLD_REVIEW", _("A hold must be looked at again")


class ClockFault(models.TextChoices):
    """Why a round does not begin: it begins by itself once the clocks agree."""

    CLOCKS_APART = "CLOCKS_APART", _("worker and database tell different times")
    CLOCK_MOVED = "CLOCK_MOVED", _("the clock was moved while the worker ran")
    BEFORE_EVIDENCE = "BEFORE_EVIDENCE", _("the database's time is before what is recorded")
