"""Which establishment answers, and so whose public holidays count (Regulation 1182/71, Art. 2(1))."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from rights_requests.enums import Channel

#: A letter says it by where it arrived.
_BY_POST: Mapping[Channel, str] = {Channel.POST_BE: "BE", Channel.POST_FR: "FR"}


def answering(channel: Channel, *, chosen: str = "") -> str:
    """The country of the establishment: by the letter box, else as chosen, else as the privacy officer has set."""
    return _BY_POST.get(channel) or chosen or str(settings.RIGHTS["establishment"])
