"""The installer: from uploaded files to a site with an administrator, once, for its owner alone."""
from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest

from chapbook import passcode, schema
from chapbook.accounts import accounts, passwords
from chapbook.accounts.events import SHELL
from chapbook.config import Config
from chapbook.db import close_kept, connect
from chapbook.engines import open_session
from chapbook.errors import NotFound
from chapbook.installing import checklist, database, finishing, probing, requirements, state
from chapbook.installing import writing
from chapbook.signing import blake2b
from chapbook.testing import Answer, Client

from tests.support.installation import PASSWORD, SITE, Installation

STEPS = ("requirements", "site", "outside", "database", "administrator", "mail", "finish")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hashes cost nothing, nobody is asked over HTTP, and Python keeps what it compiles."""
    monkeypatch.setattr(passwords, "_digest", lambda kind, data, salt, size: blake2b(
        data, salt=salt[:16], digest_size=size).digest())
    monkeypatch.setattr(probing, "answers_now", lambda address: "")
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    yield
    close_kept()


@pytest.fixture
def place(tmp_path: Path) -> Installation:
    """Uploaded files; SQLite will be chosen."""
    return Installation(tmp_path / "club")


@pytest.fixture
def either(tmp_path: Path, database_config: Config) -> Installation:
    """Uploaded files, once for each engine, whose database is empty."""
    if database_config.database.engine == "sqlite":
        return Installation(tmp_path / "club")
    known = vars(database_config.database)
    return Installation(tmp_path / "club", {name: known[name] for name in database.OPTIONS})


def tree(place: Installation) -> set[str]:
    """The files of the site that were not uploaded."""
    return {path.relative_to(place.root).as_posix() for path in place.root.rglob("*")
            if path.is_file() and path.parts[len(place.root.parts)] not in (
                "lib", "templates", "cgi-bin", "apache", "htdocs")}


def errors_of(answer: Answer) -> str:
    """The sentences about what has to be looked at."""
    assert answer.status == 422, answer.text
    found = html5lib.parse(answer.text, namespaceHTMLElements=False)
    return " ".join(" ".join(element.itertext()) for element in found.iter()
                    if "error" in (element.get("class") or "").split()
                    or "errors" in (element.get("class") or "").split())


# From the beginning to the end

def test_answers_become_a_site_whose_administrator_signs_in(either: Installation) -> None:
    visitor = either.visitor()
    visitor.take()
    answer = visitor.send("finish")
    assert answer.status == 200 and "The site is set up" in answer.text
    settings = either.settings
    assert (settings.site.title, settings.site.base_url) == (SITE["title"], SITE["base_url"])
    assert settings.database.engine == either.database["engine"]
    with connect(settings) as db:
        found = accounts.find(db, "ann@example.org")
        assert found is not None and (found.role, found.state) == ("administrator", "active")
        assert not schema.left(db, settings) and db.value("SELECT COUNT(*) FROM account") == 1
    client = Client(None, settings)
    answer = client.post("/account/signin", address="ann@example.org", password=PASSWORD)
    assert answer.status == 303, answer.text


def test_it_leaves_private_settings_a_secret_and_a_list(place: Installation) -> None:
    visitor = place.visitor()
    visitor.take()
    visitor.send("finish")
    assert (place.root / "site.ini").stat().st_mode & 0o777 == 0o600
    assert (place.root / "var/secret").stat().st_size == 32
    assert "cron" in (place.root / "var" / checklist.FILE).read_text("utf-8")
    assert not list(place.root.glob("install-code-*")) and not place.state.parent.exists()


def test_it_closes_behind_itself(place: Installation) -> None:
    visitor = place.visitor()
    visitor.take()
    visitor.send("finish")
    for path in ("/install", *(f"/install/{step}" for step in (*STEPS, "upload", "settings"))):
        assert visitor.get(path).status == 404, path
        assert visitor.post(path, do="go", code="x").status == 404, path
    assert visitor.send("finish").status == 404
    assert not list(place.root.glob("install-code-*"))


def test_it_goes_on_where_it_was_left(place: Installation) -> None:
    place.visitor().take("administrator")
    other = place.visitor()
    assert other.get("/install")["Location"] == "/install/mail"
    assert 'value="Ann"' in other.get("/install/administrator").text


# Who gets in

@pytest.mark.parametrize("step", [*STEPS, "upload", "settings"])
def test_without_the_code_no_step_is_seen_or_done(place: Installation, step: str) -> None:
    visitor = place.visitor(admitted=False)
    assert visitor.get(f"/install/{step}")["Location"] == "/install"
    answer = visitor.post(f"/install/{step}", do="go")
    assert answer.status == (405 if step == "settings" else 403)
    assert tree(place) == set()


def test_looking_writes_nothing(place: Installation) -> None:
    visitor = place.visitor(admitted=False)
    assert visitor.get("/install").status == 200
    assert tree(place) == set()


def test_the_page_does_not_tell_the_name_of_the_file_with_the_code(place: Installation) -> None:
    visitor = place.visitor(admitted=False)
    visitor.post("/install", do="file")
    name = next(place.root.glob("install-code-*")).name
    assert name not in visitor.get("/install").text
    assert name not in visitor.post("/install", code="wrong").text


def test_a_wrong_code_says_where_to_look(place: Installation) -> None:
    visitor = place.visitor(admitted=False)
    visitor.post("/install", do="file")
    assert "install-code-" in errors_of(visitor.post("/install", code="wrong"))


def test_many_wrong_codes_are_held_up(place: Installation) -> None:
    visitor = place.visitor(admitted=False)
    visitor.post("/install", do="file")
    statuses = [visitor.post("/install", code="wrong").status for _ in range(passcode.BURST + 1)]
    assert statuses[-2:] == [422, 429]
    assert visitor.post("/install", code=place.code).status == 303


def test_a_stale_code_lets_nobody_in_and_nobody_stay(place: Installation) -> None:
    visitor = place.visitor()
    path = next(place.root.glob("install-code-*"))
    os.utime(path, (time.time() - 2 * passcode.LIFE,) * 2)
    assert visitor.get("/install/requirements").status == 303
    assert visitor.post("/install", code=place.code).status in (403, 422)


def test_who_is_too_late_is_told_how_to_lose_nothing(place: Installation) -> None:
    visitor = place.visitor()
    visitor.take("requirements")
    next(place.root.glob("install-code-*")).unlink()
    answer = visitor.send("database")
    assert answer.status == 403 and "another window" in answer.text


@pytest.mark.parametrize("header", [{"Sec-Fetch-Site": "cross-site"},
                                    {"Origin": "https://evil.example"}], ids=["fetch", "origin"])
def test_another_site_cannot_answer_for_the_owner(
    place: Installation, header: dict[str, str]
) -> None:
    visitor = place.visitor()
    answer = visitor.request("POST", "/install/requirements", body=b"do=go", headers=header,
                             content_type="application/x-www-form-urlencoded")
    assert answer.status == 403 and not place.state.exists()


# Errors, which lose nothing that was typed

def test_nothing_typed_is_lost_but_passwords(place: Installation) -> None:
    visitor = place.visitor()
    visitor.take("database")
    answer = visitor.send("administrator", again="something else", name="Änn <b>")
    assert "not the same" in errors_of(answer)
    assert 'value="Änn &lt;b>' in answer.text or "Änn &lt;b&gt;" in answer.text
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(("field", "value", "said"), [
    ("password", "password1", "guessed first"), ("password", "short", "at least 8"),
    ("address", "nobody", "@"), ("name", "\u200b", "A name has"),
])
def test_an_administrator_has_what_every_account_has(
    place: Installation, field: str, value: str, said: str
) -> None:
    visitor = place.visitor()
    visitor.take("database")
    changed = {field: value, "again": value} if field == "password" else {field: value}
    assert said in errors_of(visitor.send("administrator", **changed))


@pytest.mark.parametrize(("field", "value"), [
    ("base_url", "ftp://club.example"), ("base_url", "https://club.example/?x"),
    ("owner", "nobody"), ("timezone", "Europe/Nowhere"), ("title", " "), ("language", "!"),
])
def test_settings_of_the_site_are_looked_at(
    place: Installation, field: str, value: str
) -> None:
    visitor = place.visitor()
    visitor.take("requirements")
    assert errors_of(visitor.send("site", **{field: value}))


def test_the_address_is_guessed_and_nothing_is_built_on_it(place: Installation) -> None:
    visitor = place.visitor()
    visitor.take("requirements")
    answer = visitor.get("/install/site", Host="evil.example")
    assert "http://evil.example" in answer.text
    assert "evil.example" not in place.state.read_text("utf-8")


@pytest.mark.parametrize("host", ["evil.example/?", "<script>", "a b", "x" * 300, "[::1]:80"])
def test_an_odd_host_is_no_address(place: Installation, host: str) -> None:
    visitor = place.visitor()
    visitor.take("requirements")
    answer = visitor.get("/install/site", Host=host)
    assert answer.status in (200, 400) and "<script>" not in answer.text


def test_steps_are_taken_in_order(place: Installation) -> None:
    visitor = place.visitor()
    assert visitor.get("/install/mail")["Location"] == "/install/requirements"
    assert visitor.send("finish")["Location"] == "/install/requirements"
    visitor.take("database")
    assert visitor.get("/install/finish")["Location"] == "/install/administrator"


# What is kept

def test_sqlite_is_made_by_the_last_step_alone(place: Installation) -> None:
    visitor = place.visitor()
    visitor.take()
    assert not list((place.root / "var").glob("*.sqlite*"))
    visitor.send("finish")
    assert (place.root / "var/site.sqlite").exists()


def test_answers_are_kept_privately_and_the_password_as_a_hash(either: Installation) -> None:
    visitor = either.visitor()
    visitor.take()
    assert either.state.stat().st_mode & 0o777 == 0o600
    assert either.state.parent.stat().st_mode & 0o777 == 0o700
    text = either.state.read_text("utf-8")
    assert PASSWORD not in text and "$" in json.loads(text)["answers"]["administrator"]["hash"]
    log = either.root / "var/log/chapbook.log"
    assert not log.exists() or PASSWORD not in log.read_text("ascii")


def test_a_password_that_is_kept_is_on_no_page(mysql_config: Config, tmp_path: Path) -> None:
    known = vars(mysql_config.database)
    place = Installation(tmp_path / "club", {name: known[name] for name in database.OPTIONS})
    visitor = place.visitor()
    visitor.take()
    for step in STEPS:
        assert str(known["password"]) not in visitor.get(f"/install/{step}").text, step
    assert visitor.send("database", password="").status == 303      # it need not be typed again
    assert json.loads(place.state.read_text())["answers"]["database"]["password"] == (
        known["password"])


# Databases that are none

def test_foreign_tables_are_refused(either: Installation) -> None:
    visitor = either.visitor()
    visitor.take("outside")
    _with_table(either, "wp_posts")
    answer = visitor.send("database", adopt="yes")
    assert "wp_posts" in errors_of(answer)


def test_a_site_that_is_there_is_taken_by_who_says_so(either: Installation) -> None:
    visitor = either.visitor()
    visitor.take("outside")
    chosen = database.with_database(either.config, either.database)
    with connect(chosen) as db:
        schema.bring_up(db, chosen)
    assert "a Chapbook site already" in errors_of(visitor.send("database"))
    assert visitor.send("database", adopt="yes").status == 303
    _with_table(either, "wp_users")
    assert "wp_users" in errors_of(visitor.send("database", adopt="yes"))


def test_nobody_is_made_a_second_administrator(either: Installation) -> None:
    visitor = either.visitor()
    visitor.take()
    visitor.send("finish")
    (either.root / "site.ini").unlink()           # somebody begins again
    second = either.visitor()
    second.take("outside")
    assert second.send("database", adopt="yes").status == 303
    page = second.get("/install/administrator")
    assert "has an administrator already" in page.text and "password" not in page.text
    assert second.post("/install/administrator", name="Eve", address="eve@example.org",
                       password=PASSWORD, again=PASSWORD).status == 303
    assert "eve" not in either.state.read_text("utf-8")
    assert second.send("mail").status == 303
    assert second.send("finish").status == 200
    with connect(either.settings) as db:
        assert db.value("SELECT COUNT(*) FROM account") == 1


def _with_table(place: Installation, name: str) -> None:
    session = open_session(database.with_database(place.config, place.database), migrating=True)
    try:
        session.execute(f"CREATE TABLE {name} (id INTEGER)")
    finally:
        session.close()


# Two at once, and site.ini that is not to be written

def test_of_two_installers_one_wins(place: Installation) -> None:
    visitor = place.visitor()
    visitor.take()
    with state.alone(place.config):
        answer = visitor.send("finish")
        assert answer.status == 409 and "another window" in answer.text
    assert visitor.send("finish").status == 200


def test_who_has_pressed_the_button_twice_is_told_that_the_site_is_set_up(
    place: Installation
) -> None:
    visitor = place.visitor()
    visitor.take()
    visitor.send("finish")
    with pytest.raises(NotFound, match="This site is set up"):       # was on its way meanwhile
        finishing.run(place.config, SHELL)


def test_whoever_finds_settings_there_changes_nothing(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = place.visitor()
    visitor.take()

    def quicker(work: finishing.Work) -> None:
        (place.root / "site.ini").write_text("[site]\ntitle = Quicker\n")
        assert not writing.write(work.config, writing.text(work.kept))

    monkeypatch.setattr(finishing, "PARTS", [finishing.make_folders, quicker])
    visitor.send("finish")
    assert (place.root / "site.ini").read_text() == "[site]\ntitle = Quicker\n"


def test_where_the_folder_is_closed_the_owner_uploads_the_file(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = place.visitor()
    visitor.take()
    monkeypatch.setattr(writing, "can_write", lambda config: False)
    assert visitor.send("finish")["Location"] == "/install/upload"
    assert visitor.get("/install/site")["Location"] == "/install/upload"
    file = visitor.get("/install/settings")
    assert file["Content-Disposition"] == 'attachment; filename="site.ini"'
    assert "no-store" in file["Cache-Control"]
    assert "There is no site.ini" in errors_of(visitor.post("/install/upload"))
    (place.root / "site.ini").write_text("[sight]\n")
    assert "no section [sight]" in errors_of(visitor.post("/install/upload"))
    (place.root / "site.ini").write_bytes(file.body)
    (place.root / "site.ini").chmod(0o644)
    answer = visitor.post("/install/upload")
    assert answer.status == 200 and "The site is set up" in answer.text
    assert (place.root / "site.ini").stat().st_mode & 0o777 == 0o600
    assert visitor.get("/install").status == 404


def test_where_the_folder_is_opened_after_all_the_page_writes_the_file(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = place.visitor()
    visitor.take()
    with monkeypatch.context() as closed:
        closed.setattr(writing, "can_write", lambda config: False)
        visitor.send("finish")
    assert visitor.post("/install/upload").status == 200
    assert place.settings.site.title == SITE["title"]


def test_settings_that_were_there_before_keep_the_installer_closed(place: Installation) -> None:
    (place.root / "site.ini").write_text("[site]\ntitle = By hand\n")
    (place.root / "site.ini").chmod(0o600)
    assert place.visitor(admitted=False).get("/install").status == 404


@pytest.mark.parametrize(("content", "mode"), [("[site]\n", 0o644), ("password hunter22\n", 0o600)],
                         ids=["open", "broken"])
def test_settings_that_cannot_be_read_keep_it_closed_too(
    place: Installation, content: str, mode: int
) -> None:
    (place.root / "site.ini").write_text(content)
    (place.root / "site.ini").chmod(mode)
    visitor = Client(None, place.config)
    visitor.post("/install", do="file")
    assert visitor.get("/install").status == 404 and tree(place) == {"site.ini"}


# Hosts that are odd

def test_what_is_red_must_be_mended_first(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = place.visitor()
    (place.root / "var").mkdir(mode=0o777)
    (place.root / "var").chmod(0o777)
    page = visitor.get("/install/requirements")
    assert 'class="red"' in page.text and 'value="go"' not in page.text
    assert visitor.send("requirements").status == 422
    assert visitor.post("/install/requirements", do="mend").status == 303
    assert visitor.send("requirements").status == 303
    assert (place.root / "var").stat().st_mode & 0o777 == 0o700


def test_where_python_keeps_nothing_programs_are_compiled_on_demand(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = place.visitor()
    compiled: list[float] = []
    monkeypatch.setattr(requirements, "not_compiled", lambda config: not compiled)
    monkeypatch.setattr(requirements, "compile_all",
                        lambda config, seconds=0.0: compiled.append(seconds) or 0)
    page = visitor.get("/install/requirements").text
    assert "Mend what pages can mend" in page and page.count("Compiled modules that are kept") == 1
    assert visitor.post("/install/requirements", do="mend").status == 303
    assert compiled and "Mend what" not in visitor.get("/install/requirements").text


def test_a_public_folder_that_is_missing_keeps_nobody_out(tmp_path: Path) -> None:
    place = Installation(tmp_path / "club")
    (place.root / "host.ini").write_text("[paths]\nhtdocs = ../public_html\n")
    assert place.visitor().get("/install/requirements").status == 200


def test_a_host_ini_that_is_damaged_is_said(place: Installation) -> None:
    visitor = place.visitor()
    (place.root / "host.ini").write_bytes(b"\0\xff")
    answer = visitor.get("/install")
    assert answer.status == 500 and "The file host.ini, beside lib, is damaged" in answer.text


def test_a_database_that_went_away_is_said_when_it_is_needed(
    tmp_path: Path, mysql_config: Config
) -> None:
    known = vars(mysql_config.database)
    place = Installation(tmp_path / "club", {name: known[name] for name in database.OPTIONS})
    visitor = place.visitor()
    visitor.take()
    state.keep(place.config, "database", {**place.database, "port": "1"})
    assert visitor.get("/install/administrator").status == 200
    for step in ("administrator", "finish"):
        answer = visitor.send(step)
        assert answer.status in (422, 503) and "Please look again" in answer.text, step
    assert not (place.root / "site.ini").exists()


@pytest.mark.parametrize("broken", ["template", "package"])
def test_what_was_not_uploaded_whole_is_said(
    place: Installation, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        import jinja2

        if broken == "template":
            raise jinja2.TemplateNotFound("install/code.html")
        raise ModuleNotFoundError("No module named 'jinja2'", name="jinja2")

    monkeypatch.setattr("chapbook.templates._text", fail)
    answer = place.visitor(admitted=False).get("/install")
    assert answer.status == 500 and "Upload the folders lib, templates and vendor" in answer.text


def test_a_slow_host_has_the_tables_made_by_and_by(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = place.visitor()
    visitor.take()
    monkeypatch.setattr(finishing, "TABLES_WITHIN", 0.0)
    presses = 1
    while (answer := visitor.send("finish")).status == 409:
        assert "press the button once more" in answer.text
        assert not (place.root / "site.ini").exists()
        presses += 1
    assert answer.status == 200 and presses > 3


@pytest.mark.parametrize("part", [2, len(finishing.PARTS) - 1, len(finishing.PARTS)])
def test_who_is_killed_anywhere_goes_on(
    place: Installation, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _killed(place, part, monkeypatch)


def test_who_is_killed_before_there_is_an_administrator_on_mysql_goes_on(
    tmp_path: Path, mysql_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = vars(mysql_config.database)
    place = Installation(tmp_path / "club", {name: known[name] for name in database.OPTIONS})
    _killed(place, finishing.PARTS.index(finishing.make_administrator), monkeypatch)


def _killed(place: Installation, part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the last step killed before this part, and gone on with."""
    visitor = place.visitor()
    visitor.take()

    class Killed(BaseException):
        """Nothing catches it, as nothing catches SIGKILL."""

    def killed(work: finishing.Work) -> None:
        raise Killed

    with monkeypatch.context() as deadly:
        deadly.setattr(finishing, "PARTS",
                       [*finishing.PARTS[:part], killed, *finishing.PARTS[part:]])
        visitor.send("finish")
    if part == len(finishing.PARTS):
        assert visitor.get("/install").status == 404     # all was done, but for the answer
    else:
        again = place.visitor()
        assert again.get("/install")["Location"] == "/install/finish"
        answer = again.send("finish")
        assert answer.status == 200, answer.text
    with connect(place.settings) as db:
        assert db.value("SELECT COUNT(*) FROM account") == 1
        assert not schema.left(db, place.settings)
