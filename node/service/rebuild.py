"""Read models made anew from the journal, after a release has shaped their tables otherwise.

Decides only in what order objects come and how many share a transaction. What is told outwards
(messages, webhooks) is told of what happens, so nothing is told of this. Killed in the middle, the
next start begins anew. Follows docs/adr/0004.
"""

from __future__ import annotations

import logging
from typing import Final

from node.readmodel.install import install, installed
from node.service.apply import Rules
from node.service.host import Host
from node.storage.engine import Connection
from node.storage.hosts import Tenant, list_tenants
from node.storage.review import domains, subjects
from node.storage.rosters import Rosters
from node.storage.store import SqlStore

MOST: Final = 500
"""objects in one transaction"""
_log: Final = logging.getLogger("duban.rebuild")


def bring_up(host: Host) -> int:
    """Make the read models' tables where this release needs them so; how many objects were read.

    One process at a time: the others wait.
    """
    with host.database.alone():
        count = _all(host) if host.database.write(install) else 0
        host.database.write(installed)
    return count


def _all(host: Host) -> int:
    with host.database.read() as connection:
        places = [
            (tenant, domain)
            for tenant in list_tenants(connection)
            for domain in domains(connection, tenant.id)
        ]
    _log.warning("the read models are made anew, of %d memberships", len(places))
    return sum(_one(host, tenant, domain) for tenant, domain in places)


def _one(host: Host, tenant: Tenant, domain: str) -> int:
    rules, rosters = Rules(silent=True), Rosters()
    with host.database.read(tenant.id) as connection:
        found = subjects(connection, tenant.id, domain)
    for at in range(0, len(found), MOST):

        def work(connection: Connection, some: list[str] = found[at : at + MOST]) -> None:
            rules.anew(SqlStore(connection, tenant, domain, rules, rosters), some)

        host.database.write(work, tenant.id)
    return len(found)
