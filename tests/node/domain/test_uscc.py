"""GB 32100 on codes that firms publish, and on what is none."""

import pytest

from node.domain.uscc import ALPHABET, check_digit, fits, tidy, well_formed

PUBLIC = ("91110000600037341L", "91350100M000100Y43", "91110000802100433B", "911100001000138525")


def _by_the_standard(code: str) -> str:
    """Worked out once more, with the standard's printed weights."""
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    rest = 31 - sum(ALPHABET.index(c) * w for c, w in zip(code[:17], weights, strict=True)) % 31
    return ALPHABET[0 if rest == 31 else rest]


@pytest.mark.parametrize("code", PUBLIC)
def test_the_check_digit_is_the_standards(code: str) -> None:
    assert well_formed(code)
    assert check_digit(code) == _by_the_standard(code)


def test_published_codes_fit_and_any_one_changed_character_does_not() -> None:
    code = "91350100M000100Y43"  # the example printed with the standard
    assert fits(code)
    for place in range(17):
        for other in ALPHABET:
            if other != code[place]:
                assert not fits(code[:place] + other + code[place + 1 :])


def test_a_remainder_of_nothing_gives_0() -> None:
    zero = next(c for n in range(10_000) if check_digit(c := f"9114010{n:010d}") == "0")
    assert fits(zero + "0")


@pytest.mark.parametrize(
    "code", ["", "9135010", "91350100M000100Y430", "91350100M000100I43", "9135O100M000100Y43"]
)
def test_a_wrong_length_or_alphabet_is_no_code(code: str) -> None:
    assert not well_formed(code)


def test_a_code_is_kept_upper_case_half_width_and_without_spaces() -> None:
    assert tidy(" 91350100m000100y43 ") == tidy("91350100-M000100Y43") == "91350100M000100Y43"
