"""What this room holds of people: choices, which name nobody, the links that say whose some are, and the newsletter."""

from consent.personal_data import choices, newsletter, witnesses
from datamap.registry import exempt

__all__ = ["choices", "newsletter", "witnesses"]

_TABLES = "What a site shows and asks: nothing of anybody who visits it."
exempt("consent.Site", _TABLES)
exempt("consent.Category", _TABLES)
exempt("consent.Category_sites", _TABLES)
exempt("consent.Vendor", "Companies whose cookies a site may set.")
exempt("consent.CookieDeclaration", _TABLES)
exempt("consent.CookieDeclaration_sites", _TABLES)
exempt("consent.Wording", _TABLES)
exempt("consent.NoticeDraft", "Texts to be published, and the keys of the colleagues who prepared them.")
exempt("consent.Notice", "Published texts, and the keys of the colleagues who prepared and published them.")
exempt("consent.ChoiceCount", "Counts of choices; what few chose is not stored: nobody stands in them.")
exempt("consent.FormScore", "A number between 0 and 1 and a day: of whom it was is not known.")
