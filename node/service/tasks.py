"""What is done in the background: a table checked, a table brought in, a bulletin made.

Decides nothing: campaigns.py and bulletins.py do. Each may be done again after a crash: a check and
a bulletin write nothing, and an import has one effect under the key of its job.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from node.domain.commands import Actor
from node.readmodel.scope import sight_of
from node.service import bulletins, campaigns
from node.service.acts import Deed
from node.service.host import Host
from node.service.jobs import Outcome, Task, Tell
from node.service.place import Place
from node.storage.jobs import Job


def check(host: Host, place: Place, actor: Actor, job: Job, table: bytes, tell: Tell) -> Outcome:
    """Every faulty cell of a table; writes nothing."""
    found = campaigns.check(host, place, job.object, table, tell)
    return Outcome(found, rows=found["rows"])


def bring_in(host: Host, place: Place, actor: Actor, job: Job, table: bytes, tell: Tell) -> Outcome:
    """Every row of a table, or none; the same job brings it in once."""
    digest = sha256(table).hexdigest()
    deed = Deed("campaign.import", job.object, 1, job.id, digest)
    found, _ = campaigns.bring_in(host, place, actor, deed, job.object, table, tell)
    return Outcome(found, rows=found["registered"])


def bulletin(host: Host, place: Place, actor: Actor, job: Job, _: bytes, tell: Tell) -> Outcome:
    """A month's bulletin as docx or pdf."""
    query: dict[str, str] = json.loads(job.form)
    made = bulletins.bulletin(host, place, query, sight_of(actor.user, actor.role), tell)
    file, type = bulletins.file(made, query["form"])
    return Outcome(made.told(), file, f"{made.title}.{query['form']}", type, made.rows)


TASKS: Final[Mapping[str, Task]] = {"check": check, "import": bring_in, "bulletin": bulletin}
