"""The settings of a form: from site.ini, and from the inbox, on both engines."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from chapbook import config as configuration
from chapbook import schema
from chapbook.config import Config
from chapbook.db import Database, connect
from collection import formsettings


@pytest.fixture
def store(database_config: Config) -> Iterator[Database]:
    with connect(database_config) as database:
        schema.bring_up(database, database_config)
        yield database


def change(db: Database, name: str, text: str | None, form: str = "booking") -> None:
    db.transact(formsettings.change, db, form, name, text)


def test_every_option_of_site_ini_is_described_once() -> None:
    options = vars(configuration.load(None).named("form", "x"))
    names = [setting.name for setting in formsettings.SETTINGS]
    assert sorted(names) == sorted(options)
    assert all(setting.label and setting.hint for setting in formsettings.SETTINGS)


def test_the_default_of_every_setting_is_right() -> None:
    given = formsettings.given(configuration.load(None), "x")
    assert not [name for name, text in given.items()
                if formsettings.fault(formsettings._BY_NAME[name], text)]
    assert (given["keep"], given["min_time"], given["quota"], given["rate"]) == (
        "365 d", "3 s", "200 MiB", "10")


def test_a_form_without_settings_goes_to_the_owner(store: Database) -> None:
    vars(store.config.site).update(owner="owner@example.org")
    found = formsettings.of(store, store.config, "booking")
    assert (found.to, found.keep, found.quota) == (["owner@example.org"], 365 * 86_400, 200 << 20)
    assert (found.words, found.aliases, found.thanks) == ([], {}, "")


def test_what_the_inbox_has_set_comes_first_and_can_be_given_back(store: Database) -> None:
    change(store, "to", " ann@example.org, bob@example.org ")
    change(store, "keep", "30 d")
    change(store, "autoreply", "Thank you.\nBye.")
    found = formsettings.of(store, store.config, "booking")
    assert (found.to, found.keep) == (["ann@example.org", "bob@example.org"], 30 * 86_400)
    assert found.autoreply == "Thank you.\nBye."
    assert formsettings.of(store, store.config, "contact").keep == 365 * 86_400
    assert formsettings.texts(store, store.config, "booking")["keep"] == "30 d"
    assert formsettings.own(store, "booking").keys() == {"to", "keep", "autoreply"}
    change(store, "keep", "0 d")
    assert formsettings.of(store, store.config, "booking").keep == 0
    change(store, "keep", None)
    assert formsettings.of(store, store.config, "booking").keep == 365 * 86_400
    change(store, "to", "")
    assert formsettings.own(store, "booking")["to"] == "", "empty is a setting as well"


@pytest.mark.parametrize("name, text", [
    ("rate", "ten"), ("rate", "8 MiB"), ("rate", "-1"), ("rate", ""), ("keep", "30"),
    ("keep", "30 MiB"), ("quota", "5"), ("quota", "5 d"), ("to", "ann"), ("to", "a@b c@d"),
    ("to", "ann@example.org\nBcc: x@example.net"), ("thanks", "https://evil.example/"),
    ("thanks", "//evil.example"), ("thanks", "thanks.html"), ("aliases", "sales"),
    ("aliases", "sales: ann"), ("subject", "a\nb"), ("words", "x" * 8001), ("nonsense", "x"),
    ("min_time", "yes"), ("autoreply", "a\x00b"), ("autoreply", "a\x1b"),
])
def test_what_is_wrong_is_said_and_not_set(store: Database, name: str, text: str) -> None:
    with pytest.raises(ValueError) as error:
        change(store, name, text)
    assert str(error.value).endswith(".")
    assert formsettings.own(store, "booking") == {}


def test_a_setting_of_another_version_is_left_aside(store: Database) -> None:
    with store.transaction():
        for name, value in (("gone", "x"), ("rate", "many")):
            store.run("INSERT INTO form_setting (form, name, value)"
                      " VALUES ('booking', :name, :value)", name=name, value=value)
    assert formsettings.of(store, store.config, "booking").rate == 10


def test_aliases_are_names_for_addresses() -> None:
    assert formsettings.aliases(" Sales: ann@example.org, bob : b@example.org,, x") == {
        "sales": "ann@example.org", "bob": "b@example.org"}
