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
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from node.api.app import make_app
from node.api.rest import rest_rows
from node.api.routes import Route
from node.readmodel.scope import ROLES
from tests.node.api.stand import FORM, Stand

EXAMPLES = int(os.environ.get("DUBAN_FUZZ", "6"))
ROWS = {row.name: row for row in rest_rows(movable=True)}
# not tried here: what moves the clock or the keys under the other examples' feet
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


@pytest.fixture(scope="module")
def known(long_stand: Stand) -> dict[str, str]:
    """An object of each folder."""
    made = long_stand.done("POST", "/matters", FORM)
    units = {"lead": long_stand.nodes["city"]}
    issued = long_stand.done("POST", f"/matters/{made['id']}/issue", units)
    hook = long_stand.done("POST", "/hooks", {"address": "http://127.0.0.1:9/x"}, "admin")
    account = long_stand.done("POST", "/users", {"user": "乙", "role": "head"}, "security")
    draft = long_stand.done("POST", "/drafts", {"source": "leader", "basis": "批示"}, "registrar")
    return {
        "matters": made["id"],
        "assignments": issued["assignments"][0]["id"],
        "drafts": draft["id"],
        "hooks": hook["id"],
        "users": account["id"],
    }


@pytest.fixture(scope="module")
def api(long_stand: Stand) -> Any:
    """The document of a running application, as schemathesis reads it."""
    app, numbers = make_app(long_stand.host, movable=True), itertools.count()

    def from_elsewhere(environ: dict[str, Any], start: Any) -> Any:
        """Each request from an address of its own, so that no wrong token slows the next one."""
        number = next(numbers)
        environ["REMOTE_ADDR"] = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        return app(environ, start)

    return schemathesis.openapi.from_wsgi("/api/openapi.json", from_elsewhere, config=CONFIG)


def _asked(row: Route | None, id: str, number: int) -> tuple[str, str]:
    """In which role, and about which object: mostly one that may, and one that exists."""
    roles = sorted(row.roles & set(ROLES)) if row is not None and number % 4 else []
    roles = roles or list(ROLES)
    return roles[number % len(roles)], id if number % 3 else ""


@pytest.mark.parametrize("name", [name for name in ROWS if name not in APART])
def test_every_answer_is_as_the_document_says(
    name: str, api: Any, long_stand: Stand, known: dict[str, str]
) -> None:
    row, operation = ROWS[name], api.find_operation_by_id(name)
    id, numbers = known.get(row.path.split("/")[1], ""), itertools.count()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode]))
    def check(case: schemathesis.Case) -> None:
        role, known_id = _asked(row, id, next(numbers))
        if known_id and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = known_id
        token = long_stand.tokens["province", role]
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"})

    check()
