"""The unified social credit code of a firm (GB 32100).

Decides whether a code has the form (18 characters of its alphabet, the place code in digits) and
whether its check digit fits. A wrong form can't be a code; a wrong digit can: real codes exist that
fail. Never asks a register.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from schemas.intake import USCC

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
ACCEPTED: Final = (
    "18 characters of 0-9 and A-Z without I, O, S, V, Z; the third to eighth are digits"
)
_FORM: Final = re.compile(USCC)


def tidy(untrusted: str) -> str:
    """The code as it is kept: half-width, upper case, without spaces and hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", untrusted)).upper()


def well_formed(code: str) -> bool:
    """Whether a tidy code has the form."""
    return _FORM.match(code) is not None


def check_digit(code: str) -> str:
    """The eighteenth character that the first seventeen ask for."""
    total = sum(ALPHABET.index(one) * weight for one, weight in zip(code, WEIGHTS, strict=False))
    return ALPHABET[-total % 31]


def fits(code: str) -> bool:
    """Whether the check digit of a well-formed code is the right one."""
    return code[17] == check_digit(code)
