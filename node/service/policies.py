"""Policies: which are in force where, what each version says; published and withdrawn.

Decides nothing: node/domain/commands/rules.py does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from federation.ids import policy_id
from node.domain import commands as c
from node.domain.calendar import DEFAULT_POLICY
from node.domain.commands import Actor, DomainRefused
from node.readmodel.rulebook import Rulebook
from node.service.almanac import rules_of
from node.service.host import Host
from node.service.place import Place
from node.service.saying import say
from node.storage.store import SqlStore
from schemas.terms import BOARDS, GRADES
from sync.me import Me


def show(host: Host, place: Place) -> dict[str, Any]:
    """Per board and grade the version by which this node issues; and every version held."""

    def found(store: SqlStore) -> dict[str, Any]:
        rules = rules_of(store, place)
        now = host.now().business
        force = {b: {g: rules.policy(b, g, now).version for g in GRADES} for b in BOARDS}
        return {"in_force": force, "published": rules.book.listed("policy")}

    return host.read(place, found)


def one(host: Host, place: Place, version: str) -> dict[str, Any]:
    """All that a version says, of this node's or of the root's. Refuses `not-found`."""
    if version == DEFAULT_POLICY.version:
        return c.default_policy_data()

    def found(store: SqlStore) -> dict[str, Any]:
        rules = rules_of(store, place)
        for owner in rules.owners:
            data = rules.book.named(owner, "policy", version)
            if data is not None:
                return data
        raise DomainRefused("not-found", f"no policy {version} of this node or the root is held")

    return host.read(place, found)


def publish(host: Host, place: Place, actor: Actor, form: Mapping[str, Any]) -> dict[str, Any]:
    """Publish a version: of the root for all that issue, of another node for what it issues."""

    def work(store: SqlStore, me: Me) -> dict[str, Any]:
        book, root = Rulebook(store.connection, store.tenant, store.domain), store.roster().root
        name = str(form.get("version")).partition("/")[0]
        if store.node != root and book.versions(f"policy:{root}:{name}"):
            raise DomainRefused("conflict", f"the root has a policy {name}", where="version")
        held = book.versions(f"policy:{store.node}:{name}")
        draft = c.publish_policy(actor, form, held, store.roster())
        say(host, store, me, [draft])
        return {"id": draft.subject, **{k: v for k, v in draft.data.items() if k != "by"}}

    return host.write(place, work)


def withdraw(host: Host, place: Place, actor: Actor, name: str) -> dict[str, Any]:
    """Give this node's policy of that name to no new matter any longer."""

    def work(store: SqlStore, me: Me) -> dict[str, Any]:
        id = f"policy:{store.node}:{name}"
        book = Rulebook(store.connection, store.tenant, store.domain)
        state = None
        if book.versions(id):
            state = "PUBLISHED" if book.standing(id) else "WITHDRAWN"
        say(host, store, me, [c.withdraw_policy(actor, name, state, store.roster())])
        return {"id": policy_id(store.node, name), "state": "WITHDRAWN"}

    return host.write(place, work)
