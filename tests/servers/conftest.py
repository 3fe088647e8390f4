"""One site for all tests of the servers, and each gateway on it, started when first asked for."""
from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from chapbook.cli import apache, modwsgi

from tests.servers.exceptions import EXCEPTIONS
from tests.support.gateways import AS_ROOT, EVERY, GATEWAYS, Gateway, start
from tests.support.mariadb import MariaDB, need
from tests.support.sites import Site

SETTINGS = {
    "site": {"title": "Test site", "base_url": "https://site.example"},
    "limits": {"body": "2 MiB", "file": "1 MiB", "drain": "2 s"},
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The contract is tried on every gateway, other tests of `gateway` on the main ones."""
    if "gateway" in metafunc.fixturenames and not hasattr(metafunc.module, "gateway"):
        is_contract = metafunc.module.__name__.rpartition(".")[2].startswith("test_contract_")
        metafunc.parametrize("gateway", [
            pytest.param(name, marks=[pytest.mark.as_root] if name in AS_ROOT else [])
            for name in (EVERY if is_contract else GATEWAYS)], indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A cell of the contract that cannot hold is expected to fail, for its reason, and tried.

    Of a case with many variants the main gateways have all, each other one every third, and not
    the same; all of them with VARIANTS=all in the environment.
    """
    if os.environ.get("VARIANTS") != "all":
        _leave_out(config, items)
    for item in items:
        call = getattr(item, "callspec", None)
        if call is not None and "gateway" in call.params:
            name = call.params["gateway"]
            case = item.name.replace(f"[{name}]", "").replace(f"[{name}-", "[")
            function = item.name.partition("[")[0]
            reason = EXCEPTIONS.get((case, name)) or EXCEPTIONS.get((function, name))
            if reason:
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


def _leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    places = {name: number for number, name in enumerate(EVERY)}
    found: Counter[tuple[str, str]] = Counter()
    kept, left = [], []
    for item in items:
        call = getattr(item, "callspec", None)
        name = call.params.get("gateway") if call is not None else None
        if name in places and name not in GATEWAYS:
            case = item.nodeid.partition("[")[0], name
            found[case] += 1
            if found[case] > 1 and (found[case] + places[name]) % 3:
                left.append(item)
                continue
        kept.append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


class Running:
    """The gateways of one site, each started at its first use."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._started: dict[str, Gateway] = {}

    def __getitem__(self, name: str) -> Gateway:
        if name not in self._started:
            self._started[name] = start(name, self.site)
        return self._started[name]

    def stop(self) -> None:
        """End them all."""
        for gateway in self._started.values():
            gateway.stop()


@pytest.fixture(scope="session")
def apache_here() -> None:
    """Skip (in CI: fail) where Apache or a fitting mod_wsgi is missing."""
    try:
        modwsgi.find("", apache.find()[1])
    except Exception as error:
        need(f"{error} (./chapbook check installs it)")


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The site that the contract is tested on; its database is SQLite."""
    made = Site(SETTINGS)
    yield made
    made.remove()


@pytest.fixture(scope="session")
def gateways(apache_here: None, site: Site) -> Iterator[Running]:
    """All gateways of the site, by name."""
    running = Running(site)
    yield running
    running.stop()


@pytest.fixture
def gateway(request: pytest.FixtureRequest, gateways: Running) -> Gateway:
    """Each gateway in turn."""
    return gateways[request.param]


@pytest.fixture(scope="session")
def mysql_gateways(apache_here: None, mariadb: MariaDB) -> Iterator[Running]:
    """All gateways of a second site, whose database is MariaDB."""
    mariadb.root("CREATE DATABASE served CHARACTER SET utf8mb4")
    made = Site({**SETTINGS, "database": mariadb.settings("served")})
    running = Running(made)
    yield running
    running.stop()
    made.remove()


@pytest.fixture(params=["sqlite", "mysql"])
def engine_gateways(request: pytest.FixtureRequest) -> Running:
    """All gateways, of the site on SQLite and of the one on MariaDB in turn."""
    found: Running = request.getfixturevalue(
        "gateways" if request.param == "sqlite" else "mysql_gateways")
    return found
