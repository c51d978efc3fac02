"""Likely duplicates: found with their reasons, and nothing found where nothing is alike."""

from node.domain.commands.likeness import Item, grams, likely, plain

MINE = Item("draft:a", "打通示例路断头段", "示例路东段300米未贯通", "140105", ("交通局",),
            "2026-11-24T05:03:28Z")  # fmt: skip


def test_a_similar_title_is_found_and_the_likeliest_comes_first() -> None:
    near = Item("matter:b", "关于打通示例路断头段的请示", no="督〔2026〕1号")
    same = Item("matter:c", "打通示例路断头段", "示例路东段300米未贯通", "140105")
    far = Item("matter:d", "核查园区供水压力")
    found = likely(MINE, [near, far, same])
    assert [one.id for one in found] == ["matter:c", "matter:b"]
    assert found[0].reasons == ("similar title 100%", "similar content 100%", "same place")


def test_place_unit_and_time_make_up_for_another_wording() -> None:
    text = "示例路断头段尽快通车"
    alone = Item("matter:b", text)
    beside = Item("matter:b", text, "", "140105", ("交通局",), "2026-10-01T00:00:00Z")
    assert likely(MINE, [alone]) == []
    (one,) = likely(MINE, [beside])
    assert one.reasons[1:] == ("same place", "same unit", "overlapping time")
    long_ago = Item("matter:b", text, "", None, ("交通局",), "2020-10-01T00:00:00Z")
    assert likely(MINE, [long_ago]) == []


def test_nothing_is_its_own_duplicate_and_empty_texts_are_like_nothing() -> None:
    assert likely(MINE, [MINE]) == []
    assert likely(Item("draft:x", ""), [Item("draft:y", "")]) == []


def test_ten_at_most_are_shown() -> None:
    assert len(likely(MINE, [Item(f"matter:{n}", MINE.title) for n in range(30)])) == 10


def test_width_punctuation_and_filling_words_do_not_count() -> None:
    assert plain("关于 A1 的:请示") == "a1请示"
    assert grams("abc") == {"ab", "bc"}
