"""One lawful event for each row of the authority table, with the tree that it is lawful in."""

from collections.abc import Callable
from typing import Any

from federation.roster import Roster, RosterEvent
from schemas import membership as m
from tests.federation.family import (
    Json,
    admission,
    agreed,
    epoch_of,
    event,
    grown,
    head,
    id_of,
    key_of,
    rotation,
)

Made = tuple[Roster, RosterEvent]


def rotated(name: str = "town", **tables: Any) -> Roster:
    """The whole domain, with `name` in its second epoch."""
    roster = grown(**tables)
    roster.accept_rotation(roster.domain, id_of(name), rotation(name, 1, 2))
    return roster


def moving(name: str = "town", old: str = "county", new: str = "county2", counter: int = 3) -> Json:
    """The detail of a move."""
    return {
        "node": id_of(name),
        "parent": id_of(new),
        "from": id_of(old),
        "epoch": epoch_of(name, counter),
    }


def recovering(name: str = "town", counter: int = 3) -> Json:
    key = key_of(name, counter).public.record
    return {"node": id_of(name), "epoch": epoch_of(name, counter), "key": key}


def cutting(name: str = "town", *heads: Json) -> Json:
    return {"node": id_of(name), "epoch": epoch_of(name), "heads": list(heads)}


def resolving(name: str = "town") -> Json:
    found = head(5, "up", name)
    return {"node": id_of(name), **{k: found[k] for k in ("epoch", "stream", "seq")}} | {
        "keep": found["head"]
    }


def erasing(name: str = "town", **other: Any) -> Json:
    return {"origin": id_of(name), **head(5, "up", name)} | other


def opened(**tables: Any) -> Made:
    data = {"cause": "birth", "last": None}
    return grown(**tables), event("town", m.OPENED, data, stream="up", seq=1)


def admitted(**tables: Any) -> Made:
    return grown("city", **tables), admission("county")


def rekeyed(**tables: Any) -> Made:
    key = key_of("town", 2).public.record
    data = {"node": id_of("town"), "epoch": epoch_of("town", 2), "key": key, "opened": "0" * 64}
    return rotated(**tables), event("county", m.REKEYED, data)


def suspended(**tables: Any) -> Made:
    data = {"node": id_of("town"), "grounds": "整顿", "heads": [head(3)]}
    return grown(**tables), event("city", m.SUSPENDED, data)


def resumed(**tables: Any) -> Made:
    return grown(**tables), event("city", m.RESUMED, {"node": id_of("town"), "grounds": "整改完成"})


def line(**tables: Any) -> Made:
    data = {"over": id_of("county"), "by": id_of("dept")}
    return grown(**tables), event("root", m.LINE, data)


def moved(**tables: Any) -> Made:
    data = agreed("move", "town", moving(), ["town", "county2", "county"])
    return grown(**tables), event("root", m.MOVED, data)


def succeeded(**tables: Any) -> Made:
    detail = {"node": id_of("town"), "successor": id_of("county2")}
    data = agreed("succeed", "town", detail, ["county2", "county", "town"])
    return grown(**tables), event("county", m.SUCCEEDED, data)


def observer(**tables: Any) -> Made:
    return grown(**tables), event("root", m.OBSERVER, {"node": id_of("dept")})


def recovered(**tables: Any) -> Made:
    data = agreed("recover", "town", recovering(), ["county", "city"])
    return grown(**tables), event("county", m.RECOVERED, data)


def root_recovered(**tables: Any) -> Made:
    data = agreed("recover", "root", recovering("root"), ["offline1", "offline3"])
    return grown(**tables), event("root", m.RECOVERED, data)


def cut(**tables: Any) -> Made:
    data = agreed("cut", "town", cutting("town", head(5)), ["town/2", "county"])
    return rotated(**tables), event("county", m.CUT, data)


def root_cut(**tables: Any) -> Made:
    detail = cutting("root", head(5, "up", "root"))
    data = agreed("cut", "root", detail, ["root/2", "offline1", "offline2"])
    return rotated("root", **tables), event("root", m.CUT, data)


def resolved(**tables: Any) -> Made:
    data = agreed("resolve", "town", resolving(), ["town/2", "county"])
    return rotated(**tables), event("county", m.RESOLVED, data)


def root_resolved(**tables: Any) -> Made:
    data = agreed("resolve", "root", resolving("root"), ["offline1", "offline2"])
    return rotated("root", **tables), event("root", m.RESOLVED, data)


def erased(**tables: Any) -> Made:
    return grown(**tables), event("town", m.ERASED, erasing(), stream="up")


def root_erased(**tables: Any) -> Made:
    return grown(**tables), event("root", m.ERASED, erasing(grounds="个人信息"))


LAWFUL: dict[tuple[str, str], Callable[..., Made]] = {
    (m.OPENED, "the origin itself"): opened,
    (m.ADMITTED, "the parent named in join"): admitted,
    (m.REKEYED, "node's parent"): rekeyed,
    (m.SUSPENDED, "an ancestor of node"): suspended,
    (m.RESUMED, "an ancestor of node"): resumed,
    (m.LINE, "the lowest common ancestor of over and by"): line,
    (m.MOVED, "the lowest common ancestor of the old and the new parent"): moved,
    (m.SUCCEEDED, "node's parent"): succeeded,
    (m.OBSERVER, "the root"): observer,
    (m.RECOVERED, "node's parent"): recovered,
    (m.RECOVERED, "the root, for itself"): root_recovered,
    (m.CUT, "node's parent"): cut,
    (m.CUT, "the root, for itself"): root_cut,
    (m.RESOLVED, "node's parent"): resolved,
    (m.RESOLVED, "the root, for itself"): root_resolved,
    (m.ERASED, "the origin"): erased,
    (m.ERASED, "the root, with grounds"): root_erased,
}
