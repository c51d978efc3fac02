"""The demo without its campaign: five real hosts; equal books; one event less is noticed."""

import sqlite3
from pathlib import Path

from deploy.demo.__main__ import main
from deploy.demo.journals import read
from node.bootstrap import make_host
from node.config import read_config
from node.service.verify import verify

DELETE = "DELETE FROM journal WHERE pos = (SELECT max(pos) FROM journal WHERE type LIKE ?)"


def test_the_books_agree_until_one_event_is_taken_out_of_one_journal(tmp_path: Path) -> None:
    assert main(["--once", "--small", "--keep", str(tmp_path)]) == 0
    journals = sorted(str(path) for path in tmp_path.glob("*/*.db"))
    assert len(journals) >= 4
    assert read(journals)[1] == []
    folder = tmp_path / "province"
    (database,) = folder.glob("*.db")
    with sqlite3.connect(database) as connection:
        assert connection.execute(DELETE, ("%.reported",)).rowcount == 1
    connection.close()
    assert read(journals)[1] != []
    host = make_host(read_config(str(folder), None))
    try:
        assert verify(host).findings
    finally:
        host.database.close()
