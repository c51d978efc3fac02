"""`duban user second-factor`: the terminal resets a lost one, and sets what the node demands."""

from __future__ import annotations

from pathlib import Path

import pytest

from node.bootstrap import make_host
from node.cli import main
from node.config import Config
from node.service import codes, enrol, users
from node.storage import factors
from node.storage.factors import Factor
from node.storage.hosts import Tenant, find_setting


@pytest.fixture
def born(tmp_path: Path) -> tuple[Config, str]:
    """A node with one user, who has a second factor."""
    config = Config(data=tmp_path, database=f"sqlite:///{tmp_path}/host.db")
    host = make_host(config)
    node = enrol.init(host, "示例省", "province", root="gov").node
    users.add(host, node, "张三", "security")
    held = Factor("张三", b"locked", 1.0, 7, 0, 0.0)
    tenant = host.tenant(node).id
    host.database.write(lambda one: factors.put(one, tenant, held), tenant)
    host.database.close()
    return config, node


def run(config: Config, *words: str) -> int:
    """The exit code."""
    try:
        main(["--data", str(config.data), "user", "second-factor", *words])
    except SystemExit as leaving:
        return int(leaving.code or 0)
    return 0


def seen(config: Config, node: str) -> tuple[set[str], str | None]:
    host = make_host(config)
    tenant: Tenant = host.tenant(node)
    with host.database.read() as connection:
        found = factors.users_with_factor(connection, tenant.id)
        demanded = find_setting(connection, codes.DEMAND, tenant.id)
    host.database.close()
    return found, demanded


def test_a_lost_one_is_reset(born: tuple[Config, str]) -> None:
    config, node = born
    assert run(config, "张三", "--reset") == 0
    assert seen(config, node)[0] == set()
    assert run(config, "张三", "--reset") != 0, "there is none any longer"


def test_what_is_demanded_is_set_and_lifted(born: tuple[Config, str]) -> None:
    config, node = born
    assert run(config, "--demand", "administrators") == 0
    assert seen(config, node)[1] == "administrators"
    assert run(config, "--demand", "nobody") == 0
    assert seen(config, node)[1] == ""


@pytest.mark.parametrize("words", [(), ("张三",), ("张三", "--demand", "nobody"), ("--reset",)])
def test_half_an_order_is_refused_and_changes_nothing(
    born: tuple[Config, str], words: tuple[str, ...]
) -> None:
    config, node = born
    assert run(config, *words) != 0
    assert seen(config, node) == ({"张三"}, None)
