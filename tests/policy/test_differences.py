from __future__ import annotations

from policy.differences import Change, Piece, between


def test_the_same_text_has_no_change():
    assert between("One\n\nTwo", "One\nTwo") == [Change("same", (Piece("same", "One"),)), Change("same", (Piece("same", "Two"),))]


def test_words_are_marked_within_a_changed_paragraph():
    (change,) = between("We keep it for three years.", "We keep it for two years.")

    assert change.kind == "changed"
    assert [(piece.kind, piece.text) for piece in change.pieces] == [
        ("same", "We keep it for "),
        ("gone", "three"),
        ("new", "two"),
        ("same", " years."),
    ]


def test_a_paragraph_that_came_and_one_that_went():
    changes = between("A first thing entirely\n\nStays", "Stays\n\nSomething else was added here")

    assert [change.kind for change in changes] == ["gone", "same", "new"]


def test_the_pieces_make_up_both_texts():
    old, new = "Alpha beta gamma.\n\nDelta.", "Alpha gamma epsilon.\n\nDelta two.\n\nNew."
    changes = between(old, new)

    def joined(without: str) -> list[str]:
        texts = ["".join(piece.text for piece in change.pieces if piece.kind != without) for change in changes]
        return [text for text in texts if text]

    assert joined("gone") == ["Alpha gamma epsilon.", "Delta two.", "New."]
    assert joined("new") == ["Alpha beta gamma.", "Delta."]


def test_a_first_text_is_new():
    assert [change.kind for change in between("", "One")] == ["new"]
