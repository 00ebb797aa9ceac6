"""Whether who asks has shown well enough who they are, for what would be done now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from datamap import registry
from rights_requests import levels
from rights_requests.enums import Action, Right, Verb
from rights_requests.workflow import CannotNow
from subjects.enums import IdentityMethod

if TYPE_CHECKING:
    from rights_requests.models import RightsRequest

#: What gives somebody data, takes them away or changes them. To ask the sources needs that somebody was reached at all.
ASKS = frozenset({Action.ANSWER, Action.PROPOSE_ERASURE, Action.APPROVE_ERASURE})


class ShownTooLittle(CannotNow):
    message = _(
        "Something was found, and this person only answered where they said. Have them confirm an address or a number that stands in "
        "our records before you answer."
    )


def refuse_too_low(rights_request: RightsRequest, action: Action) -> None:
    """Stop what needs a higher level than was shown.

    Raises:
        ShownTooLittle: the table of levels says so.
    """
    right, is_absolute = Right(rights_request.right), rights_request.is_absolute
    if action == Action.CONFIRM_IDENTITY:
        is_enough = levels.suffices(right, rights_request.identity_method, is_absolute=is_absolute, is_empty=True)
    elif action in ASKS:
        is_enough = levels.suffices(right, rights_request.identity_method, is_absolute=is_absolute) or (
            levels.suffices(right, rights_request.identity_method, is_absolute=is_absolute, is_empty=True)
            and not holds_something(rights_request)
        )
    else:
        return
    if not is_enough:
        raise ShownTooLittle


def raise_level(rights_request: RightsRequest, method: IdentityMethod) -> None:
    """Of a locked case: they showed who they are in a further way. Its level never falls."""
    if levels.is_better(method, than=rights_request.identity_method):
        rights_request.identity_method = method
        rights_request.save(update_fields=["identity_method"])


def holds_something(rights_request: RightsRequest) -> bool:
    """What exists only because this request is handled does not count."""
    handling = {source.key for source in registry.all_sources() if source.is_handling}
    results = rights_request.tasks.filter(verb=Verb.FIND).exclude(source__in=handling).values_list("result", flat=True)
    return any(sum(result.get("counts", {}).values()) for result in results)
