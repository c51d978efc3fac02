"""Who lives on a host: tenants, keys under lock, memberships, settings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from federation.keys import SigningKey, Vault
from node.storage import hosts
from node.storage.hosts import Membership, Tenant
from tests.federation.family import AT, DOMAIN, epoch_of, id_of, key_of
from tests.node.storage.house import House

VAULT = Vault(b"h" * 32)
NONCE = b"n" * 12


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    made = House(database_url, "town", "county")
    yield made
    made.close()


def test_tenants_are_found_by_their_node_id(house: House) -> None:
    made = house.database.write(
        lambda c: hosts.create_tenant(c, id_of("city"), "示例市", level="city", code="000100")
    )
    with house.database.read() as connection:
        assert hosts.find_tenant(connection, id_of("city")) == made
        assert hosts.find_tenant(connection, id_of("root")) is None
        assert hosts.list_tenants(connection) == [*house.tenants.values(), made]
    assert (made.name, made.level, made.code) == ("示例市", "city", "000100")


def test_a_node_lives_on_a_host_once(house: House) -> None:
    with pytest.raises(IntegrityError):
        house.database.write(lambda c: hosts.create_tenant(c, id_of("town"), "again"))


def test_a_key_comes_back_and_lies_there_locked(house: House) -> None:
    town, key = house.tenants["town"], key_of("town")
    house.database.write(lambda c: hosts.put_key(c, town, key, VAULT, NONCE))
    with house.database.read() as connection:
        held = hosts.load_key(connection, town, key.public.keyid, VAULT)
        assert held.seed == key.seed
        assert hosts.list_keys(connection, town) == [key.public.keyid]
        blob = bytes(connection.execute(text("SELECT blob FROM secrets")).scalar_one())
        assert key.seed not in blob
        with pytest.raises(LookupError):
            hosts.load_key(connection, town, "0" * 16, VAULT)
        with pytest.raises(LookupError):
            hosts.load_key(connection, house.tenants["county"], key.public.keyid, VAULT)
        with pytest.raises(ValueError):
            hosts.load_key(connection, town, key.public.keyid, Vault(b"x" * 32))


def test_a_locked_key_opens_only_in_the_row_that_it_was_locked_for(house: House) -> None:
    town, county = house.tenants["town"], house.tenants["county"]
    for tenant, seed in ((town, b"a" * 32), (county, b"b" * 32)):
        key = SigningKey.from_seed(seed)
        house.database.write(lambda c, t=tenant, k=key: hosts.put_key(c, t, k, VAULT, NONCE))
    swapped = text("UPDATE secrets SET blob = (SELECT blob FROM secrets WHERE tenant = 2)")
    house.database.write(lambda c: c.execute(swapped))
    with house.database.read() as connection, pytest.raises(ValueError):
        hosts.load_key(connection, town, SigningKey.from_seed(b"a" * 32).public.keyid, VAULT)


def test_memberships_are_kept_changed_and_listed(house: House) -> None:
    town = house.tenants["town"]
    first = Membership(
        domain="other@" + "a" * 32,
        genesis="{}",
        parent=id_of("county"),
        epoch=epoch_of("town"),
        keyid=key_of("town").public.keyid,
        lineage=({"header": "督", "payload": "", "headers": [], "seal": {}},),
        joined_at=AT,
    )
    house.database.write(lambda c: hosts.put_membership(c, town, first))
    changed = Membership(
        domain=first.domain, epoch=epoch_of("town", 2), keyid="0" * 16, fence=2, joined_at=AT
    )
    with house.database.read() as connection:
        assert hosts.find_membership(connection, town, first.domain) == first
    house.database.write(lambda c: hosts.put_membership(c, town, changed))
    with house.database.read() as connection:
        assert hosts.find_membership(connection, town, first.domain) == changed
        assert hosts.find_membership(connection, house.tenants["county"], first.domain) is None
        domains = [one.domain for one in hosts.list_memberships(connection, town)]
        assert domains == [DOMAIN, first.domain, f"self@{town.node}"]


def test_nobody_has_a_membership_without_living_here(house: House) -> None:
    stranger = Tenant(99, id_of("root"), "nobody")
    place = Membership(domain=DOMAIN, epoch=epoch_of("root"), keyid="0" * 16, joined_at=AT)
    with pytest.raises(IntegrityError):
        house.database.write(lambda c: hosts.put_membership(c, stranger, place))


def test_settings_belong_to_the_host_or_to_one_tenant(house: House) -> None:
    def change(connection: object) -> None:
        hosts.put_setting(connection, "policy", "default/1")
        hosts.put_setting(connection, "policy", "default/2", tenant=1)
        hosts.put_setting(connection, "policy", "default/3", tenant=1)

    house.database.write(change)
    with house.database.read() as connection:
        assert hosts.find_setting(connection, "policy") == "default/1"
        assert hosts.list_settings(connection, tenant=1) == {"policy": "default/3"}
        assert hosts.find_setting(connection, "policy", tenant=2) is None
