"""What is shown beside a name: provisional or proved, and who holds the key."""

from federation.roster import Roster
from federation.trust import custodian, provisional
from tests.federation.family import GENESIS, admission, id_of


def test_a_membership_is_provisional_until_the_root_has_receipted() -> None:
    roster = Roster(GENESIS)
    roster.apply(admission("city"))
    assert provisional(roster, id_of("city"), set())
    assert provisional(roster, id_of("city"), {id_of("county")})
    assert not provisional(roster, id_of("city"), {id_of("root")})
    assert not provisional(roster, id_of("root"), set())


def test_custody_tells_on_whose_machine_the_key_lies() -> None:
    roster = Roster(GENESIS)
    roster.apply(admission("city"))
    roster.apply(admission("county", custody=f"hosted:{id_of('city')}"))
    assert custodian(roster, id_of("city")) == id_of("city")
    assert custodian(roster, id_of("county")) == id_of("city")
    assert custodian(roster, id_of("nobody")) is None
