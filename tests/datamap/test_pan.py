from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datamap.pan import mask

# Numbers that card schemes publish for tests.
CARDS = [
    "4111111111111111",
    "4012888888881881",
    "4222222222222",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "30569309025904",
    "3530111333300000",
    "6011111111111117",
    "6759649826438453",
    "6304000000000000000",
]

#: Signs that may stand between the groups of a card, one to three of them; and those that part it wherever they stand.
SIGNS = [*" \t\n\u00a0._/*|-\u2013\u00b7,:+()[]{}", "\u200b"]
TIGHT = ["", ",", ":", "+", ")(", "][", "}{", "(", ",,", ".", "-"]
#: Nothing of this is a card, though the digits of each line are as many as a card's and end with a right check digit.
HONEST = [
    "2026-03-02 09:30:06",
    "[20260302:093045+0300]",
    "22/03/2026 09:30:02",
    "23:30, 23:45, 23:50, 23:10",
    "23:30:45 (23:30:50) [23:31:14]",
    "22,345,678.90, 1,234.01",
    "23, 24, 25, 26, 31, 42, 17",
    "2009, 2020, 2021, 2022",
    "50.850305,4.351721",
    "470 12 34 56, 2 555 01 04",
    "2 555 01 40 +32 470 12 34 05",
    "36 (0) 2 555 01 12 12",
    "45001007, 45001235",
]
#: Lists of which only some numbers in a row would be one.
WITHIN = ["1,23,24,25,26,31,42,17", "23,24,25,26,31,42,17,100,200"]


def digits_of(text):
    return "".join(sign for sign in text if sign.isdigit())


@pytest.mark.promise("P008")
@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize(
    "between",
    [
        "",
        " ",
        "-",
        ".",
        "\u00a0",
        "\u202f",
        " - ",
        "\u2013",
        "/",
        "|",
        "*",
        "\u00b7",
        "\u2212",
        ", ",
        ":",
        ") (",
    ],
)
@pytest.mark.parametrize(
    "words", ["{}", "My card is {}, thank you", "({})", "card:{}.", "a\n{}\nb", "{} 12/27 123", "Visa{}", "{}x", "AB{}"]
)
def test_a_card_number_is_masked_but_for_its_last_four(card, between, words):
    written = between.join(card[place : place + 4] for place in range(0, len(card), 4))
    masked = mask(words.format(written))

    assert card not in digits_of(masked)
    assert digits_of(mask(written)) == card[-4:]
    assert len(masked) == len(words.format(written))
    assert masked.startswith(words.partition("{")[0])


@pytest.mark.promise("P008")
@pytest.mark.parametrize("unseen", ["\u00ad", "\u200b", "\u200d", "\u200e", "\u2060", "\u2066", "\ufeff", "\u202c", "\u200b \u200b"])
def test_what_nobody_sees_between_the_digits_hides_no_card(unseen):
    assert digits_of(mask(f"Visa {unseen.join(['4111', '1111', '1111', '1111'])}, please")) == "1111"


@pytest.mark.promise("P008")
def test_every_card_of_a_text_is_masked():
    text = "first 4111 1111 1111 1111 then 5555555555554444, 378282246310005"

    assert mask(text) == "first •••• •••• •••• 1111 then ••••••••••••4444, •••••••••••0005"


def test_other_scripts_digits_are_digits():
    arabic = "4111111111111111".translate({ord("0") + digit: chr(0x660 + digit) for digit in range(10)})

    assert mask(arabic).count("•") == 12


@pytest.mark.promise("P008")
@given(st.sampled_from(CARDS), st.lists(st.text(SIGNS, min_size=1, max_size=3), min_size=4, max_size=4))
def test_whatever_stands_between_its_groups_a_card_is_masked(card, gaps):
    groups = [card[place : place + 4] for place in range(0, len(card), 4)]
    written = groups[0] + "".join(gap + group for gap, group in zip(gaps, groups[1:], strict=False))

    assert digits_of(mask(f"Visa {written} please")) == card[-4:]


@pytest.mark.promise("P008")
@given(st.sampled_from(CARDS), st.sampled_from(TIGHT), st.sets(st.integers(1, 18)))
def test_wherever_one_sign_parts_it_a_card_is_masked(card, sign, places):
    written = "".join(sign * (place in places) + digit for place, digit in enumerate(card))

    assert digits_of(mask(f"Visa {written} please")) == card[-4:]


def test_what_looks_honest_would_be_taken_for_a_card_by_its_digits_alone():
    assert all(digits_of(mask(digits_of(text))) != digits_of(text) for text in HONEST if not digits_of(text).startswith("0"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",
        "1234567890123",
        "BE71 0961 2345 6769",
        "FR76 3000 6000 0112 3456 7890 189",
        "+32 2 555 01 40",
        "+++090/9337/55493+++",
        "invoice 2026-00417 of 12/05/2026",
        "0872.350.989",
        "99999999999999999999999999999999",
        "BE71096123456769 and NL91 ABNA 0417 1643 00",
        "019a9b1c-4111-1111-1111-111111111111",
        "1,234,567.89 and 12:30:45, or +32 (0)2 555 01 40",
        "4111,1111,1111,1112 and 4,111,111,111,111,112",
        *HONEST,
        *WITHIN,
    ],
)
def test_what_is_no_card_stays_as_it_is(text):
    assert mask(text) == text


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing_and_keeps_the_length(text):
    assert mask(mask(text)) == mask(text)
    assert len(mask(text)) == len(text)
