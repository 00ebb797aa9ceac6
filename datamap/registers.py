"""What we wrote into the registers ourselves, in the language of the reader. What staff typed over it stays as they typed it."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

#: The words of ``processors.csv`` and of the first statutory periods.
WRITTEN = (
    gettext_noop("reCAPTCHA by Google"),
    gettext_noop("Payment service provider"),
    gettext_noop("E-mail provider (SMTP)"),
    gettext_noop("Affiliates of Oxygis Partners"),
    gettext_noop("Official partners of Oxygis"),
    gettext_noop("Event organisers and sponsors"),
    gettext_noop("Hosting of Oxygis and of the Oxygis Cloud, their backups, protection against denial of service"),
    gettext_noop("Hosting of Oxygis Infocenter (land register and shape files)"),
    gettext_noop("Hosting of the Oxygis website (on Google Cloud Platform)"),
    gettext_noop("Servers on which Kinsta runs the Oxygis website"),
    gettext_noop("Protection of forms against misuse"),
    gettext_noop("Planning of demonstrations and meetings"),
    gettext_noop("Distributed cache of static files and pictures"),
    gettext_noop("Mail campaigns"),
    gettext_noop("Measuring how the website is used"),
    gettext_noop("Advertisements on other sites and how well they work"),
    gettext_noop("Payment by card and recurring payments"),
    gettext_noop("Delivery of our letters by e-mail"),
    gettext_noop("Support by staff of the group in other countries"),
    gettext_noop("Local offers and support for those who asked for it"),
    gettext_noop("Organisation of events for those who registered"),
    gettext_noop("All production data of Oxygis and its cloud services, customer databases included; backups of all cloud services"),
    gettext_noop("Production data of Infocenter; backups of the cloud services"),
    gettext_noop("Content and database of the website"),
    gettext_noop("Characteristics of browser and device, Google cookies"),
    gettext_noop("Characteristics of browser and device, Cloudflare cookies"),
    gettext_noop("Name, contact details, reason of the meeting: what was entered in the planning form"),
    gettext_noop("Name, e-mail address, language, what was sent and opened"),
    gettext_noop("Pages visited, browser and device, country; only after consent"),
    gettext_noop("Pages visited, browser and device; only after consent"),
    gettext_noop("Amount, invoice number, card details (entered with the provider, never with us)"),
    gettext_noop("E-mail address, name, content of the letter"),
    gettext_noop("What a support case needs, for a limited time"),
    gettext_noop("Name, e-mail address, telephone number, company name"),
    gettext_noop("Privacy officer"),
    gettext_noop("Legal"),
    gettext_noop("European Union (Netherlands, France, Belgium, Germany, Ireland)"),
    gettext_noop("European Union"),
    gettext_noop("United States"),
    gettext_noop("Worldwide network, company in the United States"),
    gettext_noop("European Union, company in the United States"),
    gettext_noop("European Union; other countries where the group works"),
    gettext_noop("Country or region of the person"),
    gettext_noop("Country of the event"),
    gettext_noop("EU-US Data Privacy Framework; standard contractual clauses (Decision 2021/914)"),
    gettext_noop("EU-US Data Privacy Framework"),
    gettext_noop("Standard contractual clauses (Decision 2021/914)"),
    gettext_noop("Art. 60 § 4 Code de la TVA / Btw-wetboek"),
    gettext_noop("Art. L123-22 Code de commerce"),
    gettext_noop("Art. 15 Loi / Wet 3.7.1978"),
    gettext_noop("Art. L1471-1 Code du travail"),
    gettext_noop("Art. 25 AR / KB 8.8.1980"),
    gettext_noop("Art. R1221-26 Code du travail"),
    gettext_noop("Art. 2224 Code civil"),
    gettext_noop("Art. L3243-4 Code du travail"),
    gettext_noop("Art. L243-16 Code de la sécurité sociale"),
    gettext_noop("Art. 160 Loi-programme / Programmawet 22.12.1989"),
    gettext_noop("Art. D3171-16 Code du travail"),
)
#: Companies are called the same everywhere.
PROPER_NAMES = frozenset(
    {
        "Microsoft Azure",
        "Amazon Web Services",
        "Kinsta",
        "Google Cloud Platform",
        "Calendly",
        "Cloudflare",
        "Mailchimp (Intuit)",
        "Google Analytics",
        "Google Ads",
    }
)


def said(text: str) -> str:
    """A value of a register in the language in force."""
    return gettext(text) if text else ""
