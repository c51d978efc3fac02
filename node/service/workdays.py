"""By which calendar a node's working hours go. Decides nothing: the domain says what they are."""

from __future__ import annotations

from node.domain.calendar import Calendar
from node.service.almanac import rules_of
from node.service.host import Host
from node.service.place import Place
from node.storage.hosts import Tenant, list_memberships


def calendar_at(host: Host, tenant: Tenant) -> Calendar:
    """The calendar in force in the first of its domains; the library's where it has none."""
    with host.database.read(tenant.id) as connection:
        held = [one for one in list_memberships(connection, tenant) if one.genesis is not None]
    if not held:
        return host.calendar
    place = Place(tenant, held[0])
    return host.read(place, lambda store: rules_of(store, place).calendar())
