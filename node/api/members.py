"""REST for whoever looks after a node's place in its domain: keys, suspensions, lines, directory.

Routes only; node/service/members.py says which role may what, and decides the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from node.api.routes import EVERYBODY, OPERATES, Asked, Route
from node.service import heartbeats, members, receipted, rotation, withheld
from node.service.acts import Answer
from schemas.api import answers
from schemas.api.forms import admin


def member_rows() -> Iterator[Route]:
    """The routes that concern membership."""
    roles = {name: frozenset(those) for name, those in members.ROLES.items()}
    page, any_ = answers.page_of(answers.Anything), answers.Anything
    staff = EVERYBODY - {"enterprise"}
    yield from (
        Route(
            "GET",
            "/silence",
            "read.silence",
            OPERATES,
            silence,
            page,
            "Nodes whose promised seal has not come.",
        ),
        Route(
            "GET",
            "/receipts",
            "read.receipts",
            OPERATES,
            receipts,
            any_,
            "What is confirmed of this node's own streams, and by whom.",
        ),
        Route(
            "GET",
            "/withholding",
            "read.withholding",
            OPERATES,
            withholding,
            page,
            "Who confirmed what it did not pass on, as appeals proved.",
        ),
        Route("GET", "/nodes", "read.nodes", staff, nodes, page, "The directory."),
        Route(
            "POST", "/rotate", "node.rotate", roles["rotate"], rotate, any_, "A new key, at once."
        ),
        Route(
            "POST",
            "/nodes/<node>/suspend",
            "node.suspend",
            roles["suspend"],
            suspend,
            any_,
            "Take nothing from a node below any longer.",
            form=admin.Grounded,
        ),
        Route(
            "POST",
            "/nodes/<node>/resume",
            "node.resume",
            roles["resume"],
            resume,
            any_,
            "Take from it again.",
            form=admin.Grounded,
        ),
        Route(
            "POST",
            "/lines",
            "node.line",
            roles["line"],
            line,
            any_,
            "Let a department guide a node, or no longer.",
            form=admin.NewLine,
        ),
        Route(
            "POST",
            "/erase",
            "node.erase",
            roles["erase"],
            erase,
            any_,
            "Erase the content of an event.",
            form=admin.Erase,
        ),
    )


def silence(asked: Asked) -> Answer:
    """Silent nodes."""
    return {"items": heartbeats.silence(asked.host, asked.place), "next": None}


def receipts(asked: Asked) -> Answer:
    """What is confirmed."""
    return receipted.status(asked.host, asked.place)


def withholding(asked: Asked) -> Answer:
    """Who withheld."""
    return {"items": asked.host.read(asked.place, withheld.withholding), "next": None}


def nodes(asked: Asked) -> Answer:
    """The directory."""
    return {"items": members.directory(asked.host, asked.place), "next": None}


def rotate(asked: Asked) -> tuple[Answer, bool]:
    """A new key."""
    members.require(asked.actor, "rotate")
    return asked.around(lambda: rotation.rotate(asked.host, asked.actor.node))


def suspend(asked: Asked, form: Mapping[str, Any], node: str) -> tuple[Answer, bool]:
    """Suspend a node."""
    host, place, actor, grounds = asked.host, asked.place, asked.actor, form["grounds"]
    return asked.around(lambda: members.suspend(host, place, actor, node, grounds), node)


def resume(asked: Asked, form: Mapping[str, Any], node: str) -> tuple[Answer, bool]:
    """Resume a node."""
    host, place, actor, grounds = asked.host, asked.place, asked.actor, form["grounds"]
    return asked.around(lambda: members.resume(host, place, actor, node, grounds), node)


def line(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """A line, or its end."""
    host, place, actor = asked.host, asked.place, asked.actor
    over, by, end = form["over"], form["by"], form.get("end", False)
    return asked.around(lambda: members.line(host, place, actor, over, by, end), over)


def erase(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """Erase content."""
    host, place, actor = asked.host, asked.place, asked.actor
    origin, id, grounds = form.get("origin", actor.node), form["id"], form.get("grounds")
    return asked.around(lambda: members.erase(host, place, actor, origin, id, grounds), id)
