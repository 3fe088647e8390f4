"""A packed site: what is in it, and what is not."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chapbook import config
from chapbook.errors import ConfigError
from chapbook.hosting import pack, profiles

from tests.support.packs import NEEDED, NOBODYS, TREE, ours, packed, text, zipped


def test_nothing_of_this_machine_and_nothing_secret_goes_in(root: Path, tmp_path: Path) -> None:
    archive = zipped(packed(root, "userdir"), tmp_path / "site.zip")
    for name in archive.namelist():
        assert not re.search(r"(^|/)(site\.ini|\.git|\.venv|tests|var)(/|$)", name), name
        data = archive.read(name)
        for told in (str(root), str(TREE), sys.prefix, NOBODYS):
            assert told.encode() not in data, name


def test_a_split_site_lies_in_two_folders_as_the_host_calls_them(tmp_path: Path) -> None:
    made = ours("directadmin", public="domains/a.example/html", private="site")
    archive = zipped(made, tmp_path / "site.zip")
    names = set(archive.namelist())
    assert {name.partition("/")[0] for name in names} == {"README.txt", "site", "domains"}
    assert {"site/manifest.json", "site/host.ini", "site/vendor/jinja2/__init__.py",
            "domains/a.example/html/.htaccess", "domains/a.example/html/style.css"} < names
    assert not {"domains/", "domains/a.example/", "domains/a.example/html/"} & names  # the host's
    assert text(made, "private/host.ini").count("htdocs = ../domains/a.example/html\n") == 1
    stub = text(made, "public/cgi-bin/chapbook.py")
    assert stub.startswith("#!/usr/bin/python3\n") and 'SITE = "../../../../site" ' in stub
    assert made.parts["public/cgi-bin/chapbook.py"].mode == "755"


def test_host_ini_is_what_configuration_reads(tmp_path: Path) -> None:
    (tmp_path / "host").mkdir()
    (tmp_path / "host/host.ini").write_text(text(ours(), "private/host.ini"))
    settings = config.load(root=str(tmp_path / "host"))
    assert settings.htdocs == str(tmp_path / "public_html")
    assert settings.mail.via == "sendmail"


@pytest.mark.parametrize(("lines", "sentence"), [
    ("[host mail]\nby = sendmail", r"\[mail\] has no option 'by'"),
    ("[host male]\nvia = sendmail", r"no section \[male\]"),
    ("[host mail]\nvia = pigeon", "known are: folder, smtp, sendmail"),
    ("[host database]\npassword = x", "all of the host may read host.ini"),
])
def test_settings_of_a_host_that_no_site_could_read_are_not_packed(
    root: Path, lines: str, sentence: str,
) -> None:
    (root / "apache/hosts/mine.ini").write_text(lines)
    with pytest.raises(ConfigError, match=sentence):
        packed(root, "mine")


def test_the_stub_says_so_where_the_host_starts_an_older_python(tmp_path: Path) -> None:
    (tmp_path / "stub.py").write_text(text(ours(), "public/cgi-bin/chapbook.py"))
    code = "import runpy, sys; sys.version_info = (3, 6, 8); runpy.run_path(sys.argv[1])"
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path / "stub.py")],
                         capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stdout.startswith("Status: 500") and "Python 3.11 or newer" in ran.stdout
    assert "3.6" in ran.stdout and "#!/opt/alt/python311/bin/python3.11" not in ran.stdout


def test_a_site_inside_the_public_folder_is_locked_twice(tmp_path: Path) -> None:
    made = ours(inside="yes")
    archive = zipped(made, tmp_path / "site.zip", "755")
    for folder in ("lib", "templates", "vendor", "var"):
        assert b"Require all denied" in archive.read(f"public_html/{folder}/.htaccess")
    for folder in ("apache", "cgi-bin"):                   # Apache runs scripts of these
        assert b"RedirectMatch 404" in archive.read(f"public_html/{folder}/.htaccess")
    assert b"RewriteRule" in archive.read("public_html/.htaccess")
    assert archive.read("public_html/apache/dispatch.wsgi").startswith(b"#!/opt/alt/python311/")
    assert "public_html/htdocs/style.css" in archive.namelist()
    assert "htdocs = htdocs\n" in text(made, "private/host.ini")
    assert (archive.getinfo("public_html/var/").external_attr >> 16) == 0o40700


def test_a_server_of_ones_own_gets_its_configuration_and_no_stub(root: Path) -> None:
    made = packed(root, "vps")
    assert "private/apache/chapbook.conf" in made.parts and "WSGI" in made.readme
    assert "private/nginx/chapbook.conf" in made.parts
    assert not [name for name in made.parts if name.endswith(".htaccess") or "stub" in name]


def test_lines_of_ones_own_follow_in_the_htaccess(root: Path) -> None:
    (root / "htdocs/.htaccess").write_text("# my own line\n")
    assert text(packed(root), "public/.htaccess").endswith("# my own line\n")


def test_lines_of_ones_own_that_come_from_windows_are_ones_that_apache_reads(root: Path) -> None:
    (root / "htdocs/.htaccess").write_bytes(b"\xef\xbb\xbf# my own line\r\n")
    assert text(packed(root), "public/.htaccess").endswith(":\n# my own line\n")


def test_lines_of_ones_own_that_are_not_utf_8_are_told(root: Path) -> None:
    (root / "htdocs/.htaccess").write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError, match="Save it as UTF-8"):
        packed(root)


@pytest.mark.parametrize(("below", "folder"), [("/club", "/club"), ("/~ann", "")])
def test_an_address_below_the_top_of_the_host_is_in_the_htaccess(
    below: str, folder: str,
) -> None:
    made = text(ours(below=below), "public/.htaccess")
    assert f"[E=CHAPBOOK:{folder}]" in made         # ~ann has a document root of its own
    assert f'ErrorDocument 404 "{below}/cgi-bin/chapbook.py/' in made


def test_what_the_host_does_not_allow_is_not_in_the_htaccess() -> None:
    assert re.search("^Options ", text(ours(), "public/.htaccess"), re.M)
    assert not re.search("^Options ", text(ours("plesk"), "public/.htaccess"), re.M)


def test_a_stub_that_was_changed_is_not_packed_in_silence(root: Path) -> None:
    (root / "apache/stub.py").write_text("#!/usr/bin/env python3\n")
    with pytest.raises(ConfigError, match=r"apache/stub\.py was changed"):
        packed(root)


@pytest.mark.parametrize("name", [b"a\\b.txt", b"caf\xe9.txt"], ids=["backslash", "latin-1"])
def test_a_file_whose_name_no_host_takes_is_told(root: Path, name: bytes) -> None:
    (root / "htdocs" / os.fsdecode(name)).write_text("")
    with pytest.raises(ConfigError, match="Rename it"):
        packed(root)


def test_scripts_beside_the_stub_are_refused(root: Path) -> None:
    (root / "htdocs/cgi-bin").mkdir()
    (root / "htdocs/cgi-bin/own.py").write_text("")
    with pytest.raises(ConfigError, match="htdocs/cgi-bin"):
        packed(root)


def test_the_command_of_a_packed_site_says_what_is_not_for_a_host(tmp_path: Path) -> None:
    command = tmp_path / "chapbook"
    command.write_text(text(ours(), "private/chapbook"))
    command.chmod(0o755)
    (tmp_path / "lib/chapbook/cli").mkdir(parents=True)
    (tmp_path / "lib/chapbook/cli/help.txt").write_text("the help")
    said = {word: subprocess.run([str(command), word], capture_output=True, text=True)
            for word in ("help", "serve", "check", "pack")}
    assert said["help"].stdout == "the help"
    for word in ("serve", "check", "pack"):
        assert said[word].returncode == 2 and "packed on" in said[word].stderr


def test_a_doctor_who_was_not_uploaded_whole_says_so(tmp_path: Path) -> None:
    command = tmp_path / "chapbook"
    command.write_text(text(ours(python="/usr/bin/python3"), "private/chapbook"))
    command.chmod(0o755)
    (tmp_path / "lib/chapbook").mkdir(parents=True)
    (tmp_path / "lib/chapbook/__init__.py").write_text("from . import fields\n")
    said = subprocess.run([str(command), "doctor"], capture_output=True, text=True)
    assert said.returncode == 1 and "Traceback" not in said.stderr
    assert "cannot import name 'fields'" in said.stderr and "upload lib/" in said.stderr


def test_a_command_without_its_packages_names_the_folder_to_upload(tmp_path: Path) -> None:
    command = tmp_path / "chapbook"
    command.write_text(text(ours(python="/usr/bin/python3"), "private/chapbook").replace(
        "/usr/bin/python3 -P", f"'{os.path.realpath(sys.executable)}' -S -P"))
    command.chmod(0o755)
    shutil.copytree(TREE / "lib", tmp_path / "lib")
    said = subprocess.run([str(command), "backup"], capture_output=True, text=True)
    assert said.returncode == 1 and "Upload vendor/ again" in said.stderr
    assert "Remove .venv" not in said.stderr


@pytest.mark.parametrize("host", profiles.names(str(TREE)))
def test_every_host_that_came_with_it_can_be_packed_for(host: str) -> None:
    profile = profiles.read(str(TREE), host)._replace(bytecode="host")
    made = pack.packed(str(TREE), str(TREE / "htdocs"), profile, "0.1.0", NEEDED, "")
    assert profile.title in made.readme and "$" not in made.readme
    assert max(map(len, made.readme.splitlines())) < 100
