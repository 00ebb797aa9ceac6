"""How long we keep what a request holds, from the rules by which it goes."""

from __future__ import annotations

from django import template
from django.utils import timezone

from datamap import periods
from rights_requests import personal_data

register = template.Library()


@register.simple_tag
def request_periods() -> dict[str, str]:
    """In words, by the last part of each rule's code."""
    rules = (personal_data.READABLE, personal_data.ERASED, personal_data.UNCONFIRMED, personal_data.CLOSED)
    in_force = periods.in_force(rules, at=timezone.now())
    return {rule.code.rpartition(".")[2]: periods.in_words(rule.keep_for) for rule in in_force}
