"""What was not accepted is kept for people: the latest few, counted, and marked once mended."""

from sync.notes import MOST_NOTES, Note, add, grown, resent, went_through

AT = "2026-11-24T00:00:00Z"
LATER = "2026-11-25T00:00:00Z"
GAP = {"origin": "a", "epoch": "1-0", "stream": "up", "code": "gap", "detail": "5 is missing"}


def _noted(*results: object, held: int = 4) -> tuple[Note, ...]:
    return add((), [dict(GAP, **one) for one in results], AT, lambda _: held)  # type: ignore[call-overload]


def test_the_same_refusal_again_is_counted_and_comes_last() -> None:
    notes = _noted({}, {"code": "fork"})
    again = add(notes, [GAP], LATER, lambda _: 4)
    assert [(note.code, note.count, note.at) for note in again] == [
        ("fork", 1, AT),
        ("gap", 2, LATER),
    ]


def test_only_the_latest_few_are_kept_and_their_words_are_bounded() -> None:
    many = _noted(*({"stream": f"to/{number}", "detail": "x" * 999} for number in range(40)))
    assert len(many) == MOST_NOTES
    assert many[-1].stream == "to/39"
    assert {len(note.detail) for note in many} == {200}


def test_what_a_peer_tells_may_be_of_no_chain_and_of_no_form() -> None:
    (note,) = add((), [{"code": 7, "origin": ["x"]}], AT, lambda _: 0)
    assert (note.code, note.place, note.detail) == ("?", (None, None, None), "")
    assert grown((note,), lambda _: 9) == (note,)


def test_what_we_refused_is_mended_once_its_chain_grows() -> None:
    notes = _noted({})
    assert grown(notes, lambda _: 4) == notes
    (mended,) = grown(notes, lambda _: 5)
    assert mended.mended
    (again,) = add((mended,), [GAP], LATER, lambda _: 5)
    assert (again.mended, again.count) == (False, 2)


def test_what_a_peer_refused_is_mended_once_it_is_sent_again_and_not_refused() -> None:
    notes = _noted({}, {"code": "bad-seal", "stream": "all"})
    assert went_through(notes) == notes
    sent = resent(notes, {("a", "1-0", "up")})
    gap, other = went_through(sent)
    assert (gap.mended, other.mended) == (True, False)
