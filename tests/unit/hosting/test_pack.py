"""A packed site: what is in it, that it is the same each time, and upgrades of it."""
from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest

from chapbook import config
from chapbook.errors import ConfigError
from chapbook.hosting import bytecode, pack, profiles, vendor, writing
from chapbook.hosting.manifest import Manifest

TREE = Path(__file__).resolve().parents[3]
PARTS = ("apache", "cgi-bin", "htdocs", "lib", "nginx", "templates")
NOBODYS = "none-of-theirs-4711"
NEEDED = ("Jinja2", "PyMySQL", "multipart")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the tree, with settings, data and history that are nobody else's business."""
    for name in PARTS:
        shutil.copytree(TREE / name, tmp_path / "tree" / name,
                        ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TREE / "LICENSE", tmp_path / "tree")
    for name in ("site.ini", "var/secret", ".git/HEAD", "tests/test_x.py", ".venv/bin/python"):
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_text(NOBODYS)
    return tmp_path / "tree"


def packed(root: Path, host: str = "cpanel", **how: str) -> pack.Packed:
    below = how.pop("below", "")
    profile = profiles.read(str(root), host, inside=bool(how.pop("inside", "")), **how)
    return pack.packed(str(root), str(root / "htdocs"), profile, "0.1.0", NEEDED,
                       str(root.parent / "work") if root != TREE else "", below=below)


@cache
def ours(host: str = "cpanel", **how: str) -> pack.Packed:
    """This tree itself, packed once for all tests that change nothing."""
    return packed(TREE, host, **how)


def zipped(made: pack.Packed, path: Path, mode: str = "700") -> zipfile.ZipFile:
    writing.write_zip(writing.whole(made, mode), str(path))
    return zipfile.ZipFile(io.BytesIO(path.read_bytes()))


def text(made: pack.Packed, name: str) -> str:
    return made.parts[name].read().decode()


def test_two_machines_make_the_same_bytes(root: Path, tmp_path: Path) -> None:
    first = zipped(packed(root, "userdir"), tmp_path / "one.zip").fp
    other = tmp_path / "elsewhere"
    shutil.move(root, other)
    for path in other.rglob("*"):
        os.utime(path, (1, 1))
    before = os.umask(0o077)
    try:
        second = zipped(packed(other, "userdir"), tmp_path / "two.zip").fp
    finally:
        os.umask(before)
    assert first and second and first.read() == second.read()


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


def test_modes_are_right_whatever_the_umask_of_the_host(tmp_path: Path) -> None:
    archive = zipped(ours(), tmp_path / "site.zip")
    modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    assert modes["chapbook/"] == 0o40700
    assert modes["chapbook/cgi-bin/index.py"] == modes["chapbook/chapbook"] == 0o100755
    assert modes["chapbook/lib/chapbook/page.py"] == modes["public_html/.htaccess"] == 0o100644
    assert not [name for name, mode in modes.items() if mode & 0o022]


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


def test_a_file_whose_name_no_host_takes_is_told(root: Path) -> None:
    (root / "htdocs/a\\b.txt").write_text("")
    with pytest.raises(ConfigError, match="Rename it"):
        packed(root)


def test_scripts_beside_the_stub_are_refused(root: Path) -> None:
    (root / "htdocs/cgi-bin").mkdir()
    (root / "htdocs/cgi-bin/own.py").write_text("")
    with pytest.raises(ConfigError, match="htdocs/cgi-bin"):
        packed(root)


def test_the_folder_holds_the_same_as_the_zip(tmp_path: Path) -> None:
    made = ours()
    archive = zipped(made, tmp_path / "site.zip")
    folder = tmp_path / "folder"
    for _ in range(2):                                       # the second time it is replaced
        writing.write_folder(writing.whole(made, "700"), str(folder))
        (folder / "stale").touch()
    (folder / "stale").unlink()
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")
             if path.is_file()}
    assert set(files) == {name for name in archive.namelist() if not name.endswith("/")}
    for name, path in files.items():
        assert path.read_bytes() == archive.read(name)
        assert path.stat().st_mode == archive.getinfo(name).external_attr >> 16


def test_a_folder_that_was_not_packed_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/README.txt").write_text("of something else")
    with pytest.raises(ConfigError, match="was not packed"):
        writing.write_folder(writing.whole(ours(), "700"), str(tmp_path / "mine"))


def test_the_manifest_is_true_of_what_was_unpacked(tmp_path: Path) -> None:
    made = ours()
    writing.write_folder(writing.whole(made, "700"), str(tmp_path / "home"))
    manifest = Manifest.read(str(tmp_path / "home/chapbook/manifest.json"))
    assert manifest == made.manifest and manifest.packages["Jinja2"]
    home = tmp_path / "home"
    assert manifest.verify(str(home / "chapbook"), str(home / "public_html")) == []


def test_after_ftp_the_permissions_of_the_readme_are_all_that_a_site_needs(tmp_path: Path) -> None:
    writing.write_folder(writing.whole(ours(), "700"), str(tmp_path / "home"))
    site, public = tmp_path / "home/chapbook", tmp_path / "home/public_html"
    for path in (tmp_path / "home").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    wanted = re.findall(r"   (\d{3})  for (?:all files below |the folder )?(\S+?)[ ,\n]",
                        ours().readme)
    assert len(wanted) == 4
    for mode, name in wanted:
        path = tmp_path / "home" / name
        below = path.rglob("*") if name.endswith("cgi-bin") else [path]
        for each in below:
            each.chmod(int(mode, 8))
    assert site.stat().st_mode & 0o777 == 0o700
    left = ours().manifest.verify(str(site), str(public))
    assert [each for each in left if not each.name.startswith("private/apache/")] == []


def test_an_upgrade_has_what_changed_and_says_what_went(root: Path, tmp_path: Path) -> None:
    old = packed(root)
    with pytest.raises(ConfigError, match="Nothing has changed"):
        writing.upgrade(packed(root), old.manifest)
    (root / "cgi-bin/new.py").write_text("#!/usr/bin/env python3\n")
    (root / "cgi-bin/new.py").chmod(0o755)
    (root / "htdocs/style.css").write_text("/* new */")
    (root / "templates/thanks.html").unlink()
    new = packed(root)
    content = writing.upgrade(new, old.manifest)
    assert set(content.parts) == {"upgrade.json", "private/cgi-bin/new.py", "public/style.css"}
    writing.write_zip(content, str(tmp_path / "upgrade.zip"))
    assert writing.since(str(tmp_path / "upgrade.zip")) == new.manifest
    values = writing.loaded(content.parts["upgrade.json"].data, "")
    assert values["since"] == old.manifest.release
    assert values["changed"] == ["private/cgi-bin/new.py", "public/style.css"]
    assert values["removed"] == ["private/templates/thanks.html"]


@pytest.mark.parametrize("kind", ["zip", "folder", "manifest"])
def test_the_older_release_is_known_by_any_form_of_it(
    tmp_path: Path, kind: str,
) -> None:
    made = ours("directadmin", public="domains/a.example/html", private="b/c")
    content = writing.whole(made, "700")
    writing.write_zip(content, str(tmp_path / "zip"))
    writing.write_folder(content, str(tmp_path / "folder"))
    shutil.copy(tmp_path / "folder/b/c/manifest.json", tmp_path / "manifest")
    assert writing.since(str(tmp_path / kind)) == made.manifest


def test_what_tells_of_no_older_release_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("x")
    zipfile.ZipFile(tmp_path / "zip", "w").close()
    for name in ("text", "zip", "nothing", "."):
        with pytest.raises(ConfigError):
            writing.since(str(tmp_path / name))


def test_what_changed_has_another_time(root: Path, tmp_path: Path) -> None:
    """Caches go by time and size: of browsers, of compiled modules, of templates."""
    times = []
    for colour in ("red", "tan"):
        (root / "htdocs/style.css").write_text(f"a {{ color: {colour} }}")
        archive = zipped(packed(root), tmp_path / "site.zip")
        times.append(archive.getinfo("public_html/style.css").date_time)
    assert times[0] != times[1]


def test_compiled_modules_are_used_and_an_edit_takes_effect(tmp_path: Path) -> None:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    made = bytecode.compiled({"lib/a.py": b"print(__file__, 1)\n", "lib/b.py": b"print"},
                             version, str(tmp_path / "work"))
    assert sorted(made) == [f"lib/__pycache__/{name}.cpython-{version.replace('.', '')}.pyc"
                            for name in "ab"]
    made["lib/a.py"] = b"print(__file__, 1)\n"
    for name, data in made.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)

    def run() -> str:
        ran = subprocess.run([sys.executable, "-c", "import a"], cwd=tmp_path / "lib",
                             capture_output=True, text=True, check=True)
        return ran.stdout

    assert run() == f"{tmp_path}/lib/a.py 1\n"
    stamp = (tmp_path / "lib/a.py").stat()
    (tmp_path / "lib/a.py").write_bytes(b"print(__file__, 2)\n")
    os.utime(tmp_path / "lib/a.py", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert run() == f"{tmp_path}/lib/a.py 2\n"


def test_a_module_for_another_python_has_no_compiled_form(tmp_path: Path) -> None:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert bytecode.compiled({"a.py": b"print 'two'\n"}, version, str(tmp_path)) == {}
    assert bytecode.compiler("3.99") == ""


def test_a_python_that_does_not_run_compiles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    for said in ("exit 127", "echo 3.8"):
        (tmp_path / "python3.99").write_text(f"#!/bin/sh\n{said}\n")
        (tmp_path / "python3.99").chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert bytecode.compiler("3.99") == ""


def test_dependencies_are_pure_and_have_their_licences() -> None:
    found = vendor.pure(["Jinja2>=3"])
    assert set(found.packages) == {"Jinja2", "MarkupSafe"}
    assert {"jinja2/__init__.py", "markupsafe/_native.py"} < set(found.files)
    assert not [name for name in found.files if name.endswith((".so", ".c", ".pyc", "RECORD"))]
    for package in ("jinja2", "markupsafe"):
        assert [name for name in found.files
                if re.fullmatch(rf"{package}-.*\.dist-info/.*LICEN[CS]E.*", name, re.I)]


def test_pages_run_with_what_was_vendored_alone(root: Path, tmp_path: Path) -> None:
    for name, data in vendor.pure(NEEDED).files.items():
        (tmp_path / "vendor" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "vendor" / name).write_bytes(data)
    code = ("import sys; sys.path.insert(0, sys.argv[1]); import jinja2, pymysql, multipart; "
            "print(jinja2.Template('{{ a }} {{ a|safe }}', autoescape=True).render(a='<'))")
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code, str(tmp_path / "vendor")],
                         capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("&lt; <\n", "")


def test_what_came_in_the_zip_is_taken_before_what_the_host_has(tmp_path: Path) -> None:
    writing.write_folder(writing.whole(ours(), "700"), str(tmp_path / "home"))
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages/jinja2.py").write_text("raise ImportError('an old one')")
    code = ("import sys; sys.path[0:0] = [sys.argv[1]]; sys.path.append(sys.argv[2]); "
            "import chapbook, jinja2; print(jinja2.__file__)")
    ran = subprocess.run(
        [sys.executable, "-I", "-c", code, str(tmp_path / "home/chapbook/lib"),
         str(tmp_path / "site-packages")], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == (
        f"{tmp_path}/home/chapbook/vendor/jinja2/__init__.py\n", "")


def test_a_package_that_was_edited_is_not_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor, "_is", lambda data, digest: False)
    with pytest.raises(ConfigError, match="is not as .* came"):
        vendor.pure(["Jinja2"])


def test_a_package_that_is_compiled_or_missing_is_told() -> None:
    with pytest.raises(ConfigError, match="--with-compiled"):
        vendor.pure(["argon2-cffi"])
    with pytest.raises(ConfigError, match="not installed here"):
        vendor.pure(["no-such-package"])


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


@pytest.mark.parametrize("host", profiles.names(str(TREE)))
def test_every_host_that_came_with_it_can_be_packed_for(host: str) -> None:
    profile = profiles.read(str(TREE), host)._replace(bytecode="host")
    made = pack.packed(str(TREE), str(TREE / "htdocs"), profile, "0.1.0", NEEDED, "")
    assert profile.title in made.readme and "$" not in made.readme
    assert max(map(len, made.readme.splitlines())) < 100
