"""What stands beside a form while it is filled in: the gate's remarks, duplicates, dates.

Decides where each remark stands; what is remarked is the domain's. A form asks for it by `_live`
while somebody types and gets parts of the page that hold no control, so that nothing typed is
lost; without scripts the same stands on the page when the form is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import request

from node.domain.commands.base import blank
from node.service import ledgers
from node.web import controls, sayings
from node.web.controls import Control, Entry
from node.web.door import Shown, Visit
from node.web.words import language
from schemas.api import forms
from schemas.terms import BOARDS

NOTHING: Mapping[str, Any] = {
    "passes": None, "missing": [], "rest": [], "duplicates": [], "open": False,
}  # fmt: skip


def asked() -> bool:
    """Whether the form is still being filled in, and only what stands beside it is asked for."""
    return request.method == "POST" and "_live" in request.form


def gate(
    made: Sequence[Control], looked: Mapping[str, Any], *, early: bool, without: Iterable[str] = ()
) -> dict[str, Any]:
    """Puts remarks beside the controls and words that they mean; what stands beside the form.

    `looked`: what intake.examine found. `early`: what is still empty is named in one line, and not
    reproached under each control. `without`: members whose remarks don't apply.
    """
    told = [one for one in looked["remarks"] if one["where"] not in without]
    told = [sayings.remark(one) for one in told]
    refused = [one for one in told if one["severity"] == "refuse"]
    missing = list[str]()
    if early:
        empty = {one.path for one in controls.every(made) if blank(one.value)}
        later = [one for one in told if _place(one) in empty]
        missing = list(dict.fromkeys(one["label"] for one in later if one["severity"] == "refuse"))
        told = [one for one in told if _place(one) not in empty]
    return {
        "passes": not refused,
        "open": any(one["severity"] == "refuse" for one in told),
        "missing": missing,
        "rest": controls.note(made, told),
        "duplicates": looked["duplicates"],
    }


def _place(remark: Mapping[str, Any]) -> str:
    return str(remark["where"]).replace("[", ".").replace("]", "")


def part(
    visit: Visit,
    operation: str,
    made: Sequence[Control],
    values: Mapping[str, Any],
    beside: Mapping[str, Any],
    **more: Any,
) -> Shown:
    """The parts of the page that change while somebody types."""
    _, where, detail = forms.read(operation, values)
    if where:
        controls.blame(made, where, sayings.detail(detail))
    board = str(values.get("board") or "")
    ledger = next((one for one in made if one.path == "ledger"), None)
    anew = ledger is not None and board != request.form.get("_ledger", board)
    stands = ledger is not None and ledger.parts and not anew  # what was typed into it stays
    shown = {"merge": "", "dues": None, "grade": values.get("grade"), **more}
    every = [one for one in controls.every(made) if stands or not _within(one)]
    return visit.show(
        "live.html", gate=beside, every=every, ledger=ledger if anew else None, board=board, **shown
    )


def _within(one: Control) -> bool:
    return one.path == "ledger" or one.path.startswith("ledger.")


def entries(visit: Visit, board: Any) -> list[Entry]:
    """The fields of a board's ledger, as the definition in force names them; none without one."""
    if board not in BOARDS:
        return []
    name = "en" if language() == "en" else "zh"
    found = []
    for one in ledgers.in_force(visit.host, visit.place, str(board))["fields"]:
        unit = f" ({one['unit']})" if one.get("unit") else ""
        options = [(word, word) for word in one.get("choices", ())]
        kind = "choice" if options else "day" if one["type"] == "date" else "line"
        found.append(Entry(one["code"], one[name] + unit, kind, options))
    return found
