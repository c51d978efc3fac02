"""What a GET may ask: keyset pages and filters. An unknown parameter is refused."""

from __future__ import annotations

from typing import Final

import marshmallow as ma

from schemas.api.forms.shape import Form
from schemas.fields import Choice, Text
from schemas.intake import SOURCES
from schemas.rulebook import STAGES
from schemas.terms import BOARDS

MOST: Final = 500


class Question(Form):
    """In which domain, where the node has several."""

    domain = Text(100, optional=True)


class Limit(ma.fields.Integer):
    """1 to 500 rows."""

    def __init__(self) -> None:
        super().__init__(load_default=100, validate=ma.validate.Range(1, MOST))


class Page(Question):
    """A keyset page: `limit` rows after the one whose key is `after` (`next` of the last page)."""

    limit = Limit()
    after = Text(200, optional=True)


class Notices(Page):
    """The asking user's notices; `unread`: only these."""

    unread = Choice(("yes", "no"), optional=True)


class Deliveries(Page):
    """The delivery log, newest first: all of it, or one channel's, or what is in one state."""

    channel = Choice(("email", "sms", "chat"), optional=True)
    state = Choice(("waiting", "sent", "refused", "expired", "moot", "digest"), optional=True)


class Span(ma.Schema):
    """What statistics are about: a month, or dates both included (Asia/Shanghai); one unit (node),
    one region (the beginning of a place code, or `none`)."""

    month = Text(7, optional=True)
    since = Text(10, optional=True)
    until = Text(10, optional=True)
    unit = Text(32, optional=True)
    region = Text(12, optional=True)


class Counted(Span):
    """`count`: the word of a statistic; the list is then what its number counts."""

    count = Text(32, optional=True)


class Matters(Page, Counted):
    """Filters, each exact."""

    state = Text(32, optional=True)
    board = Choice(BOARDS, optional=True)
    campaign = Text(100, optional=True)
    no = Text(100, optional=True)


class Assignments(Page, Counted):
    """Filters, each exact; `role`: what this node is to them."""

    board = Choice(BOARDS, optional=True)
    state = Text(32, optional=True)
    matter = Text(100, optional=True)
    role = Choice(("assignee", "issuer"), optional=True)


class Drafts(Page, Counted):
    """Filters, each exact."""

    state = Text(32, optional=True)
    source = Choice(tuple(SOURCES), optional=True)
    board = Choice(BOARDS, optional=True)


class Clocks(Page, Counted):
    """Clocks, reviews (`ka`) and reopenings; `basis`: by the due instant as it stands, or as first
    promised."""

    board = Choice(BOARDS, optional=True)
    stage = Choice(STAGES, optional=True)
    basis = Choice(("due", "promised"), optional=True)


class Statistics(Page, Span):
    """`by`: one row per unit, board or region, a page of them."""

    board = Choice(BOARDS, optional=True)
    by = Choice(("unit", "board", "region"), optional=True)


class Scores(Question):
    """The month (default: this one); `table`: as another version would score it."""

    month = Text(7, optional=True)
    level = Text(32, optional=True)
    unit = Text(32, optional=True)
    table = Text(64, optional=True)


class Export(Question, Counted):
    """The filters of the list or the statistic; `form`: csv (default) or xlsx."""

    form = Choice(("csv", "xlsx"), optional=True)
    board = Choice(BOARDS, optional=True)
    stage = Choice(STAGES, optional=True)
    basis = Choice(("due", "promised"), optional=True)
    by = Choice(("unit", "board", "region"), optional=True)
    state = Text(32, optional=True)
    source = Choice(tuple(SOURCES), optional=True)
    campaign = Text(100, optional=True)
    no = Text(100, optional=True)
    matter = Text(100, optional=True)
    role = Choice(("assignee", "issuer"), optional=True)
    level = Text(32, optional=True)
    table = Text(64, optional=True)


class Definition(Question):
    """`version`: a number; none: the one in force."""

    version = Text(32, optional=True)


class Filters(Question):
    """Which rows of a ledger; bounds of a number are in its field's unit, of a date are dates."""

    q = Text(100, optional=True)
    city = Text(12, r"^[0-9]{2,12}\Z", optional=True)
    state = Text(32, optional=True)
    campaign = Text(100, optional=True)
    class_ = Text(100, key="class", optional=True)
    field = Text(32, optional=True)
    value = Text(500, optional=True)
    least = Text(40, optional=True)
    most = Text(40, optional=True)
    present = Choice(("true", "false"), optional=True)


class Ledger(Page, Filters):
    """A page of a ledger's rows."""


class Totals(Filters):
    """`group`: as city, month, industry; none: in all only."""

    group = Text(32, optional=True)


class Check(Question):
    """Whether the form is tried as for a decision (default) or as a draft."""

    proposing = Choice(("true", "false"), optional=True)


class Acts(Page):
    """The audit trail, newest first; `since` and `until` are instants in UTC."""

    user = Text(64, optional=True)
    act = Text(64, optional=True)
    object = Text(100, optional=True)
    outcome = Text(32, optional=True)
    since = Text(32, optional=True)
    until = Text(32, optional=True)


class Files(Question):
    """`object`: the id of a matter or an assignment; none: one's own uploads."""

    object = Text(100, optional=True)
