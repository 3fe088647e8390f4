"""The contract, part 5: what is dropped in or edited takes effect at once, without a restart."""
from __future__ import annotations

import uuid

import pytest

from tests.support.gateways import Gateway
from tests.support.sites import Site, eventually

PAGE = "application = Page(get=lambda request: Response.text('{word}'))"


def rounds(gateway: Gateway) -> range:
    """So many requests that each process behind the gateway gets one."""
    return range(2 if gateway.of_one_request else 8)


def fresh() -> str:
    """A name that no test has used yet."""
    return "new_" + uuid.uuid4().hex[:8]


def always(gateway: Gateway, target: str, text: str) -> None:
    """Whether each process behind the gateway soon answers with this text, and keeps to it."""
    def settled() -> bool:
        return all(gateway.get(target).body == text.encode() for _ in rounds(gateway))
    eventually(settled)


def at_once(gateway: Gateway, target: str, status: int, text: str = "") -> None:
    """Whether each process answers so from the very next request on."""
    for _ in rounds(gateway):
        answer = gateway.get(target)
        assert answer.status == status, answer
        assert text in answer.text


def test_a_script_dropped_in_is_a_page_at_once(gateway: Gateway, site: Site) -> None:
    name = fresh()
    at_once(gateway, f"/{name}", 404)
    site.script(name, PAGE.format(word="first"))
    at_once(gateway, f"/{name}", 200, "first")


def test_a_folder_of_scripts_is_there_at_once_and_gone_at_once(
    gateway: Gateway, site: Site
) -> None:
    folder = fresh()
    at_once(gateway, f"/{folder}/page", 404)
    path = site.script(f"{folder}/page", PAGE.format(word="inside"))
    at_once(gateway, f"/{folder}/page", 200, "inside")
    path.parent.rename(path.parent.with_name(f"_{folder}"))
    at_once(gateway, f"/{folder}/page", 404)


def test_an_edited_script_takes_effect_at_once(gateway: Gateway, site: Site) -> None:
    name = fresh()
    site.script(name, PAGE.format(word="edit-0"))
    at_once(gateway, f"/{name}", 200, "edit-0")
    for number in range(1, 4):         # the same size each time, all within a second
        site.edit(f"cgi-bin/{name}.py", f"edit-{number - 1}", f"edit-{number}")
        at_once(gateway, f"/{name}", 200, f"edit-{number}")


def test_a_script_taken_away_is_gone_at_once(gateway: Gateway, site: Site) -> None:
    name = fresh()
    path = site.script(name, PAGE.format(word="here"))
    at_once(gateway, f"/{name}", 200, "here")
    path.chmod(0o644)
    at_once(gateway, f"/{name}", 404)
    path.chmod(0o755)
    at_once(gateway, f"/{name}", 200, "here")
    path.unlink()
    at_once(gateway, f"/{name}", 404)


@pytest.mark.parametrize("broken, told", [
    ("application = Page(get=", "SyntaxError"),
    ("import collection.no_such_module\n\napplication = Page()", "ModuleNotFoundError"),
    ("application = Page(nonsense)", "NameError"),
])
def test_a_broken_script_is_an_error_page_until_it_is_mended(
    gateway: Gateway, site: Site, broken: str, told: str
) -> None:
    name = fresh()
    site.script(name, broken)
    at_once(gateway, f"/{name}", 500, "quote the number")
    answer = gateway.get(f"/{name}")
    assert b"Error" not in answer.body and name.encode() not in answer.body
    number = answer.text.partition("<code>")[2][:12]
    assert told in site.log().partition(number)[2]
    site.script(name, PAGE.format(word="mended"))
    at_once(gateway, f"/{name}", 200, "mended")


def test_an_edited_template_takes_effect(gateway: Gateway, site: Site) -> None:
    name = fresh()
    site.drop(f"templates/{name}.html", "<p>{{ word }} and one")
    site.script(name, f"application = Page(get=lambda r: render(r, '{name}.html', word='tea'))")
    always(gateway, f"/{name}", "<p>tea and one")
    site.edit(f"templates/{name}.html", "one", "two")
    always(gateway, f"/{name}", "<p>tea and two")


def test_an_edited_module_of_lib_takes_effect(gateway: Gateway, site: Site) -> None:
    name = fresh()
    site.drop(f"lib/collection/{name}.py", "WORD = 'one'\n")
    site.script(name, f"from collection import {name} as module\n\n\n"
                      "application = Page(get=lambda request: Response.text(module.WORD))")
    always(gateway, f"/{name}", "one")
    # By CGI it is Python itself that finds a module edited: by its size, or by another second.
    by_size = (("one", "three"), ("three", "four"), ("four", "fifteen"))
    at_once = (("one", "two"), ("two", "ten"), ("ten", "six"))
    for old, new in by_size if gateway.of_one_request else at_once:
        site.edit(f"lib/collection/{name}.py", old, new)
        always(gateway, f"/{name}", new)


def test_a_broken_module_of_lib_is_an_error_page_until_it_is_mended(
    gateway: Gateway, site: Site
) -> None:
    name = fresh()
    site.drop(f"lib/collection/{name}.py", "WORD = 'one'\n")
    site.script(name, f"from collection import {name} as module\n\n\n"
                      "application = Page(get=lambda request: Response.text(module.WORD))")
    always(gateway, f"/{name}", "one")
    site.edit(f"lib/collection/{name}.py", "'one'", "'one")
    eventually(lambda: all(gateway.get(f"/{name}").status == 500 for _ in rounds(gateway)))
    assert gateway.get("/answers/text").status == 200
    site.edit(f"lib/collection/{name}.py", "'one", "'three'")
    always(gateway, f"/{name}", "three")


def test_an_edited_module_of_the_toolkit_takes_effect(gateway: Gateway, site: Site) -> None:
    module, old = "lib/chapbook/errorpage.py", "To the first page"
    assert old in gateway.get("/nothing").text
    site.edit(module, old, "Home, then")
    try:
        eventually(lambda: all(
            "Home, then" in gateway.get("/nothing").text for _ in rounds(gateway)))
    finally:
        site.edit(module, "Home, then", old)
    eventually(lambda: all(old in gateway.get("/nothing").text for _ in rounds(gateway)))


def test_a_changed_setting_takes_effect(gateway: Gateway, site: Site) -> None:
    site.edit("site.ini", "https://site.example", "https://www.site.example/club")
    try:
        for _ in rounds(gateway):
            assert gateway.get("/echo").json["absolute"] == "https://www.site.example/echo"
    finally:
        site.edit("site.ini", "https://www.site.example/club", "https://site.example")


def test_a_script_with_windows_line_ends_is_told_apart_in_the_log(
    gateway: Gateway, site: Site
) -> None:
    """By CGI its first line names no program; a gateway that could load it refuses it as well."""
    name = fresh()
    path = site.script(name, PAGE.format(word="dos"))
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    answer = gateway.get(f"/{name}")
    assert answer.status == 500 and b"quote the number" in answer.body
    number = answer.text.partition("<code>")[2][:12]
    assert "its lines end as Windows has them" in site.log().partition(number)[2]
