"""A page as a site of the company could have it, with everything that waits for a choice: ``/website/``, to try the banner on.

It stands for oxygis.be. What would come from others (statistics, advertisements, a calendar) is played by small files of this demo.
"""

from __future__ import annotations

from django.conf import settings

from consent.models import Site

SITE = "oxygis.be"
#: By category: a script that keeps what the inventory of the site says, and shows on the page that it ran.
TAGS = {
    "preferences": 'document.cookie = "oxy_language=en; path=/website/; max-age=15000000; samesite=lax";',
    "history": 'localStorage.setItem("oxy_history", location.pathname);',
    "marketing": 'document.cookie = "_gcl_au=1; path=/website/; max-age=7000000; samesite=lax";',
    "analytics": 'document.cookie = "_ga=1; path=/website/; max-age=34000000; samesite=lax";',
}
SHOWN = 'document.querySelector("[data-tag=%s]").hidden = false;'


def tag(category: str) -> str:
    """The script of a category.

    Raises:
        KeyError: there is none.
    """
    return f"{TAGS[category]}\n{SHOWN % category}\n"


def load() -> int:
    """Let the banner on this demo's own address speak for the site; how many origins that added."""
    site = Site.objects.get(code=SITE)
    if settings.PUBLIC_URL in site.origins:
        return 0
    site.origins = [*site.origins, settings.PUBLIC_URL]
    site.save(update_fields=["origins"])
    return 1
