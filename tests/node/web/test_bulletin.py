"""A bulletin by pages and as a file: what it counts is what the statistics count."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from node.service import bulletins, jobs, pdf
from node.service.papers import Heading, Paper, Table
from node.service.tasks import TASKS
from tests.node.api.stand import FORM
from tests.node.web.stand import Browser, WebStand

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def month(long_web: WebStand) -> WebStand:
    """Seven matters of the city, a day late with the first stage."""
    long_web.next_month()
    for at in range(7):
        made = long_web.done("POST", "/matters", FORM | {"title": f"第{at}件:补设标志<&>"})
        long_web.done("POST", f"/matters/{made['id']}/issue", {"lead": long_web.nodes["city"]})
    long_web.host.now.advance(timedelta(days=2))  # type: ignore[attr-defined]
    return long_web


def made(web: WebStand, browser: Browser, form: str) -> bytes:
    name = web.host.now().business[:7]
    browser.send("/bulletins", "生成", month=name, form=form)
    where = browser.page.headers["Location"]
    browser.get(where)
    assert "排队等候" in browser.said()
    jobs.run_all(web.host, TASKS)
    browser.get(where)
    rows = re.search(r"共 (\d+) 行", browser.said())
    answer = browser.client.get(f"{where}/file")
    assert rows
    assert answer.headers["X-Row-Count"] == rows[1]
    told = [int(one) for one in re.findall(r"<li>[^<]+<b>(\d+)</b>", browser.page.text)]
    assert sum(told) == int(rows[1])
    return answer.data


def test_a_docx_holds_as_many_rows_as_its_page_says(month: WebStand) -> None:
    chief = month.browser("supervisor")
    data = made(month, chief, "docx")
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        assert pack.testzip() is None
        body = ET.fromstring(pack.read("word/document.xml"))
        for name in pack.namelist():
            if name.endswith((".xml", ".rels")):
                ET.fromstring(pack.read(name))
    tables = [
        [["".join(cell.itertext()) for cell in row.iter(f"{W}tc")] for row in table.iter(f"{W}tr")]
        for table in body.iter(f"{W}tbl")
    ]
    told = [int(one) for one in re.findall(r"<li>[^<]+<b>(\d+)</b>", chief.page.text)]
    assert [len(one) - 1 for one in tables] == told
    assert ["1天内研究部署", "7", "0", "0", "7", "7", "0.0%", "0.0%"] in tables[0]
    assert len(tables[2]) == 8
    assert {row[1] for row in tables[2][1:]} == {f"第{at}件:补设标志<&>" for at in range(7)}
    words = "".join(body.itertext())
    assert "本月登记事项7件，其中撤销0件、合并0件；已办结0件，未办结7件，办结率0.0%" in words
    assert "本月到期、至今未交的共7项" in words


def texts(data: bytes) -> list[str]:
    """The pages' lines, as a reader decodes them."""
    pages = re.findall(rb"/FlateDecode >>\nstream\n(.*?)\nendstream", data, re.DOTALL)
    return [
        "\n".join(
            bytes.fromhex(one.decode()).decode("utf-16-be")
            for one in re.findall(rb"<([0-9A-F]+)> Tj", zlib.decompress(page))
        )
        for page in pages
    ]


def test_a_pdf_says_the_same_and_every_object_is_where_it_says(month: WebStand) -> None:
    data = made(month, month.browser("leader"), "pdf")
    said = "\n".join(texts(data))
    assert "13710督办事项办理情况的通报" in said
    assert "第6件:补设标志<&>" in said.replace("\n", "")
    start = int(re.findall(rb"startxref\n(\d+)", data)[0])
    places = [int(one) for one in re.findall(rb"(\d{10}) 00000 n", data[start:])]
    for number, place in enumerate(places, 1):
        assert data[place:].startswith(b"%d 0 obj" % number)


def test_a_long_table_goes_over_pages_each_with_its_heading() -> None:
    rows = [[str(at), f"第{at}件事项,说明较长,须换行" * 3] for at in range(90)]
    paper = Paper("通报", [Heading("一、"), Table("表", ["号", "事项"], rows, [1, 4])], "省", "日")
    pages = texts(pdf.write(paper))
    assert len(pages) > 3
    with_rows = [page for page in pages if re.search(r"^\d+$", page, re.MULTILINE)]
    assert all(page.startswith("号\n事项") or "表\n号\n事项" in page for page in with_rows)
    assert sum(len(re.findall(r"^\d+$", page, re.MULTILINE)) for page in pages) == 90
    assert pdf.write(paper) == pdf.write(paper)


def test_no_line_of_a_pdf_is_wider_than_its_room_or_begins_with_a_mark() -> None:
    text = "现将2026年11月13710督办事项(K12+300)办理情况,通报如下。" * 9 + "a" * 200 + "𠮷"
    lines = pdf.wrapped(text, 16, 300, 32)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(pdf._length(one, 16) <= 300 + 16 for one in lines)
    assert not any(one.startswith(("。", ",", ")")) for one in lines)


def test_what_is_no_month_or_form_is_said_so(month: WebStand) -> None:
    chief = month.browser("supervisor")
    chief.send("/bulletins", "生成", 422, month="2026-13", form="pdf")
    chief.send("/bulletins", "生成", 422, month="2026-11", form="exe")
    with pytest.raises(bulletins.DomainRefused):
        bulletins.file(Paper("", [], "", ""), "exe")
