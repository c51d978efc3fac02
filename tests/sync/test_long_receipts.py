"""The longest receipt that is made is one that is sent: a link with many streams goes on."""

from __future__ import annotations

from federation import dsse
from federation.keys import SigningKey
from schemas.sealed import Quarantined, Receipt, ReceiptStream
from schemas.strict import dump, parse
from sync.outbox import MAX_RECEIPT
from sync.receipts import MAX_STREAMS

NODE, HEAD = "a" * 32, "f" * 64
MOST_QUARANTINED = 16


def test_a_receipt_of_as_many_streams_as_there_may_be_is_read_back() -> None:
    stream = ReceiptStream(
        epoch="999999999-ffffffff",
        stream=f"to/{NODE}",
        seq=2**53,
        head=HEAD,
        applied=2**53,
        parked=2**53,
        quarantined=2**53,
    )
    receipt = Receipt(
        v=1,
        domain=f"gov@{NODE}",
        by=NODE,
        epoch=stream.epoch,
        counter=2**53,
        origin=NODE,
        at="2026-11-25T00:00:00.000Z",
        time="2026-11-25T00:00:00.000Z",
        streams=(stream,) * MAX_STREAMS,
        quarantine=(Quarantined(HEAD, "unknown-member-of-a-domain"),) * MOST_QUARANTINED,
    )
    line = dsse.sign("receipt", dump(receipt), [SigningKey.from_seed(bytes(32))])
    assert len(line) > 65536
    assert parse(line, MAX_RECEIPT, "receipt")["payloadType"]
