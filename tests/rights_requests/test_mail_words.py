"""Which rights a mail asks for."""

from __future__ import annotations

import pytest

from letters.incoming.words import own_words
from rights_requests import mail_words
from rights_requests.enums import Right


@pytest.mark.parametrize(
    ("words", "rights"),
    [
        ("Please send me a copy of my data and then delete my account.", [Right.ACCESS, Right.ERASURE]),
        ("Je souhaite recevoir une copie de mes données personnelles.", [Right.ACCESS]),
        ("Merci de supprimer mes données.", [Right.ERASURE]),
        ("Graag een kopie van mijn gegevens.", [Right.ACCESS]),
        ("Gelieve mijn gegevens te verwijderen.", [Right.ERASURE]),
        ("I want to correct my personal data: my name is spelt wrongly.", [Right.RECTIFICATION]),
        ("Je demande la limitation du traitement.", [Right.RESTRICTION]),
        ("Ik vraag gegevensoverdraagbaarheid.", [Right.PORTABILITY]),
        ("I object to the processing of my data.", [Right.OBJECTION]),
        ("Plus de publicité, svp : veuillez me désinscrire.", [Right.OBJECTION]),
        ("Geen reclame meer alstublieft.", [Right.OBJECTION]),
        ("Je m’oppose à l’utilisation de mes données à des fins de prospection.", [Right.OBJECTION]),
        ("Supprimez mon compte, s’il vous plaît.", [Right.ERASURE]),
        ("Remove me from your records.", [Right.ERASURE]),
        ("Please correct my address: I have moved.", [Right.RECTIFICATION]),
        ("Veuillez rectifier mon adresse.", [Right.RECTIFICATION]),
        ("Gelieve mijn adres te verbeteren.", [Right.RECTIFICATION]),
        ("Welke gegevens hebben jullie over mij?", [Right.ACCESS]),
        ("Under Article 15 of the GDPR I ask you to answer.", [Right.ACCESS]),
        ("Je fais valoir l’article 17 du RGPD.", [Right.ERASURE]),
        ("Ik beroep mij op artikel 20 van de AVG.", [Right.PORTABILITY]),
        ("I hereby withdraw my consent.", [Right.OBJECTION]),
        ("Je retire mon consentement.", [Right.OBJECTION]),
        ("Ik trek mijn toestemming in.", [Right.OBJECTION]),
        ("Article 15 of our contract is not clear to me.", []),
        ("I have lost access to my account.", []),
        ("Je n’ai plus accès à mon compte.", []),
        ("Je n’arrive pas à me connecter à mon compte.", []),
        ("You have not heard from me from your records, I think.", []),
        ("When does your office open?", []),
        ("Our invoice 2026-114 is attached.", []),
        ("I cannot log in to my account.", []),
    ],
)
def test_rights_are_recognised_in_so_many_words_or_not_at_all(words, rights):
    assert mail_words.rights_in(words) == rights


def test_what_is_quoted_was_not_written_by_the_sender():
    text = "Thank you.\n\nOn Mon, 1 Jun 2026 at 10:00, Oxygis <privacy@oxygis.example> wrote:\n> delete my data"
    assert mail_words.rights_in(own_words(text)) == []
    assert mail_words.rights_in(own_words("> delete my data\nno")) == []
