"""The page that people read about REST: made from the OpenAPI document, served from here.

Decides how the document is shown; asks nobody's network for anything. The page at /api/docs states
every path with its roles, body, answer and refusals; /api/openapi.json is the document itself.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template

from node.api.problems import ProblemApi

CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"
METHODS = ("get", "post", "put", "delete")


def reference_door(api: ProblemApi) -> Blueprint:
    """The page and its style sheet."""
    door = Blueprint("reference", __name__, url_prefix="/api", template_folder="templates")

    @door.get("/docs")
    def page() -> Response:
        spec = api.spec.to_dict()
        shapes = spec.get("components", {}).get("schemas", {})
        response = Response(
            render_template("reference.html", info=spec["info"], rows=rows(spec), shapes=shapes)
        )
        response.headers["Content-Security-Policy"] = CSP
        return response

    @door.get("/docs.css")
    def style() -> Response:
        return Response(render_template("reference.css"), mimetype="text/css")

    return door


def rows(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Every operation of the document, in its order."""
    found = []
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                found.append({"path": path, "method": method.upper(), **_said(item, item[method])})
    return found


def _said(item: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    answered = [one for code, one in operation["responses"].items() if code < "300"]
    parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
    return {
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "tag": operation.get("tags", [""])[0],
        "parameters": [one for one in parameters if "name" in one],
        "body": _shape(operation.get("requestBody", {})),
        "answer": _shape(answered[0]) if answered else "",
    }


def _shape(said: dict[str, Any]) -> str:
    """The name of the shape that a body or an answer has, "" for none."""
    for content in said.get("content", {}).values():
        return str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]
    return ""
