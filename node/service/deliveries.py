"""The outbox at work: messages go out in working hours, are tried again, and each has an end.

Decides when a message is tried again (after 1, 2, 4 … 60 minutes, for three days) and when it isn't
worth sending any more: its clock was stopped or redated, a later threshold was said, its person has
no account. A message is leased before it is sent: of several workers one sends it. Only a crash
between the receiver's answer and the commit sends it twice, under the same id. Waits for the
digest of the day, which takes along what was held back. Follows docs/notices.md.
"""

from __future__ import annotations

from typing import Final

from node.domain.calendar import Calendar
from node.domain.reminders import digest_day, may_send
from node.notify import words
from node.notify.message import Message, Undelivered
from node.readmodel import accounts, inbox
from node.readmodel.scope import BUSINESS
from node.service.digests import made_for
from node.service.host import Host
from node.service.workdays import calendar_at
from node.storage import notices
from node.storage.engine import Connection
from node.storage.notices import Delivery

MOST: Final = 50
LEASE: Final = 120.0
FIRST_PAUSE: Final = 60.0
LONGEST_PAUSE: Final = 3600.0
GIVEN_UP: Final = 3 * 86400.0
"""seconds from the first try until a message is given up"""
NIGHT: Final = 600.0
"""seconds until a message that may not go now is looked at again"""
Put = tuple[str, str]
"""a subject and a text"""


def send(host: Host) -> int:
    """Send what is ready; how many were taken."""
    now, sent, down = host.now(), 0, set[str]()
    day = digest_day(now.business)
    if day is None or not host.channels:
        return 0
    with host.database.read() as connection:
        if made_for(connection) != day.isoformat():
            return 0
        found = notices.ready(connection, now.seconds, host.channels, MOST)
    calendars = dict[str, Calendar]()
    for one, node in found:
        if node not in calendars:
            calendars[node] = calendar_at(host, host.tenant(node))
        if one.channel in down:
            continue
        if not may_send(now.business, calendars[node]):
            _change(host, one, due=now.seconds + NIGHT)
            continue
        fine = _send(host, one)
        sent += fine is True
        if fine is False:
            down.add(one.channel)
    return sent


def _send(host: Host, one: Delivery) -> bool | None:
    """Try one; True: taken, False: nobody takes anything there now, None: it has ended."""
    with host.database.read(one.tenant) as connection:
        put = _put(connection, one, host.now().business)
    if put is None:
        _change(host, one, state="moot")
        return None
    until = host.now().seconds + LEASE
    if not host.database.write(lambda c: notices.lease(c, one, until), one.tenant):
        return None
    try:
        host.outlets[one.channel].send(Message(one.id, one.channel, one.address, *put))
    except Undelivered as failure:
        _failed(host, one, failure)
        return None if failure.for_good else False
    done = host.now().seconds
    _change(host, one, state="sent", delivered=done, last_error=None)
    return True


def _put(connection: Connection, one: Delivery, now: str) -> Put | None:
    """What a message says now; None when there is nothing to say any more."""
    held = accounts.accounts_of(connection, one.tenant, one.user)
    if not any(account["role"] in BUSINESS for account in held):
        return None
    if one.notice is None:
        return words.split(one.text or "")
    row = inbox.notice(connection, one.tenant, one.notice)
    if row is None:
        return None
    if row["kind"] == "reminder" and not inbox.stands(connection, one.tenant, one.notice):
        return None
    return words.put(row)


def _failed(host: Host, one: Delivery, failure: Undelivered) -> None:
    now = host.now().seconds
    state = "refused" if failure.for_good else "waiting"
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(one.attempts, 6))
    due = now + pause * (0.75 + host.chance.unit() / 2)
    if state == "waiting" and now - one.begun > GIVEN_UP:
        state = "expired"
    _change(host, one, state=state, due=due, last_error=failure.detail[:200])


def _change(host: Host, one: Delivery, **values: object) -> None:
    host.database.write(lambda c: notices.change_delivery(c, one.n, **values), one.tenant)
