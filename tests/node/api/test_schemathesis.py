"""schemathesis on the whole API, by the document that a running application gives, over WSGI.

Each operation with bodies and queries that fit its schema and such that break it, in the name of
accounts of every role, on objects that exist and on such that don't. Nothing may be a 5xx; every
status, content type and body must be one that the document states; what breaks the schema must be
refused, and nothing may open without a token. The same examples every time. DUBAN_FUZZ asks for
more of them.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.drivers import CoverageGenerator
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.generation.overrides import Override

from node.api.app import make_app
from node.api.rest import rest_rows
from node.api.routes import Route
from node.readmodel.scope import ROLES
from tests.node.api.stand import FORM, Stand

EXAMPLES = int(os.environ.get("DUBAN_FUZZ", "6"))
ROWS = {row.name: row for row in rest_rows(movable=True)}
# on a host of their own: what moves the clock or the keys under the other examples' feet
APART = ("clock", "node.rotate")
REFUSED = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]
CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 13710,
        "generation": {"deterministic": True, "max-examples": EXAMPLES, "database": "none"},
        "checks": {
            # a body in form may still be refused for what it says (the gate, a wrong state)
            "positive_data_acceptance": {"expected-statuses": ["2xx", "304", *map(str, REFUSED)]},
            "negative_data_rejection": {"expected-statuses": list(map(str, REFUSED))},
        },
    }
)


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
def table(_: Any, value: Any) -> bytes:
    """A table's bytes, which are hardly ever a table."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def _known(stand: Stand) -> dict[str, str]:
    """An object of each folder."""
    made = stand.done("POST", "/matters", FORM)
    units = {"lead": stand.nodes["city"]}
    issued = stand.done("POST", f"/matters/{made['id']}/issue", units)
    hook = stand.done("POST", "/hooks", {"address": "http://127.0.0.1:9/x"}, "admin")
    account = stand.done("POST", "/users", {"user": "乙", "role": "head"}, "security")
    draft = stand.done("POST", "/drafts", {"source": "leader", "basis": "批示"}, "registrar")
    return {
        "matters": made["id"],
        "assignments": issued["assignments"][0]["id"],
        "drafts": draft["id"],
        "hooks": hook["id"],
        "users": account["id"],
    }


def _document(stand: Stand) -> Any:
    """The document of a running application, as schemathesis reads it."""
    app, numbers = make_app(stand.host, movable=True), itertools.count()

    def from_elsewhere(environ: dict[str, Any], start: Any) -> Any:
        """Each request from an address of its own, so that no wrong token slows the next one."""
        number = next(numbers)
        environ["REMOTE_ADDR"] = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        return app(environ, start)

    return schemathesis.openapi.from_wsgi("/api/openapi.json", from_elsewhere, config=CONFIG)


@dataclass(frozen=True)
class Tried:
    """One operation, the objects that exist, and the tokens of every role."""

    row: Route
    operation: Any
    id: str
    tokens: dict[tuple[str, str], str]

    def ask(self, case: schemathesis.Case, number: int) -> None:
        """One request; raises what the answer breaks."""
        role, known_id = _asked(self.row, self.id, number)
        if known_id and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = known_id
        token = self.tokens["province", role]
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"})


def _tried(name: str, document: Any, stand: Stand, known: dict[str, str]) -> Tried:
    row = ROWS[name]
    id = known.get(row.path.split("/")[1], "")
    return Tried(row, document.find_operation_by_id(name), id, stand.tokens)


@pytest.fixture(scope="module")
def common(long_stand: Stand) -> Callable[[str], Tried]:
    """Operations on one host."""
    document, known = _document(long_stand), _known(long_stand)
    return lambda name: _tried(name, document, long_stand, known)


@pytest.fixture
def tried(request: pytest.FixtureRequest, name: str) -> Tried:
    """The operation, on the common host or on one of its own."""
    if name not in APART:
        found: Tried = request.getfixturevalue("common")(name)
        return found
    stand = request.getfixturevalue("stand")
    return _tried(name, _document(stand), stand, _known(stand))


def _asked(row: Route | None, id: str, number: int) -> tuple[str, str]:
    """In which role, and about which object: mostly one that may, and one that exists."""
    roles = sorted(row.roles & set(ROLES)) if row is not None and number % 4 else []
    roles = roles or list(ROLES)
    return roles[number % len(roles)], id if number % 3 else ""


@pytest.mark.parametrize("name", ROWS)
def test_every_answer_is_as_the_document_says(tried: Tried) -> None:
    numbers = itertools.count()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=st.one_of(
            [tried.operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
        )
    )
    def check(case: schemathesis.Case) -> None:
        tried.ask(case, next(numbers))

    check()


@pytest.mark.parametrize("name", ROWS)
def test_every_edge_of_every_schema_is_answered_as_the_document_says(tried: Tried) -> None:
    """schemathesis' coverage phase: each boundary, each missing or doubled member, each method."""
    cases = CoverageGenerator(
        operation=tried.operation,
        generation_modes=list(GenerationMode),
        generation_config=CONFIG.projects.default.generation,
        auth_storage=None,
        override=Override(),
        feedback=NO_FEEDBACK,
    )
    numbers = itertools.count()
    for case in cases:
        tried.ask(case, next(numbers))
    assert next(numbers) > 1
