"""The contract, part 2: an address leads to the same script, file or refusal everywhere."""
from __future__ import annotations

import pytest

from tests.support.gateways import Gateway
from tests.support.sites import Site
from tests.support.wire import Answer

NOT_FOUND = b'<p class="status">404</p>'


def is_missing(answer: Answer) -> bool:
    """Whether this is the site's own page for an address without a page."""
    return answer.status == 404 and NOT_FOUND in answer.body


def test_a_script_has_a_clean_address_and_the_one_in_cgi_bin(gateway: Gateway) -> None:
    for target, script_url, path_info in (
        ("/echo", "/echo", ""), ("/echo/a/b", "/echo", "/a/b"),
        ("/cgi-bin/echo.py", "/cgi-bin/echo.py", ""),
        ("/cgi-bin/echo.py/a/b", "/cgi-bin/echo.py", "/a/b"),
    ):
        seen = gateway.get(target + "?x=1").json
        assert (seen["script_url"], seen["path_info"]) == (script_url, path_info)
        assert (seen["url"], seen["script"], seen["root"]) == (target, "echo", "")
        assert seen["static"].startswith("/style.css?v=")


def test_links_keep_the_style_of_the_visit(gateway: Gateway) -> None:
    clean, plain = gateway.get("/echo/x").json, gateway.get("/cgi-bin/echo.py/x").json
    assert (clean["guestbook"], clean["home"]) == ("/guestbook", "/")
    assert (plain["guestbook"], plain["home"]) == ("/cgi-bin/guestbook.py", "/cgi-bin/index.py")


def test_scripts_in_folders_have_addresses_in_folders(gateway: Gateway, site: Site) -> None:
    page = "def show(request, rest=''):\n    return Response.json([request.script, request.url, " \
           "request.script_url, request.path_info, request.url_for('echo')])\n\n\n" \
           "application = Routes({'/': Page(get=show), '/{rest:path}': Page(get=show)})"
    for name in ("club/members", "club/deep/er/page", "club/deep"):
        site.script(name, page)
    for target, script, script_url, path_info in (
        ("/club/members", "club/members", "/club/members", ""),
        ("/club/members/7", "club/members", "/club/members", "/7"),
        ("/cgi-bin/club/members.py/7", "club/members", "/cgi-bin/club/members.py", "/7"),
        ("/club/deep/er/page", "club/deep", "/club/deep", "/er/page"),
        ("/cgi-bin/club/deep/er/page.py/7", "club/deep/er/page",
         "/cgi-bin/club/deep/er/page.py", "/7"),
    ):
        assert gateway.get(target).json == [
            script, target, script_url, path_info,
            "/cgi-bin/echo.py" if target.startswith("/cgi-bin") else "/echo"]
    assert is_missing(gateway.get("/club")) and is_missing(gateway.get("/club/"))
    assert is_missing(gateway.get("/club/nobody"))


def test_the_path_after_a_script_is_decoded_once(gateway: Gateway) -> None:
    for target, path_info in (
        ("/echo/%C3%A9", "/é"), ("/echo/a%20b", "/a b"), ("/echo/100%25", "/100%"),
        ("/echo/%2541", "/%41"), ("/echo/a+b;c=d", "/a+b;c=d"), ("/echo/a%3Fb", "/a?b"),
        ("/echo/a%23b", "/a#b"), ("/echo/a%5Cb", "/a\\b"), ("/echo/$1%7B2%7D", "/$1{2}"),
        ("/echo/a%26b", "/a&b"), ("/echo/e%CC%81", "/é"), ("/%65cho/a", "/a"),
    ):
        assert gateway.get(target).json["path_info"] == path_info, target


def test_a_url_can_be_asked_for_again(gateway: Gateway) -> None:
    for path_info in ("/é", "/a b", "/100%", "/a?b", "/a#b", "/a\\b", "/a%2Bb", '/"<>'):
        first = gateway.get("/echo/" + "".join(f"%{byte:02X}" for byte in path_info[1:].encode()))
        again = gateway.get(first.json["url"])
        assert again.json["path_info"] == first.json["path_info"] == path_info


def test_slashes_and_dots_are_taken_out_before_a_script_is_looked_for(gateway: Gateway) -> None:
    for target, path_info in (
        ("/echo//a///b", "/a/b"), ("//echo/a", "/a"), ("/echo/./a/./b", "/a/b"),
        ("/echo/a/../b", "/b"), ("/x/../echo/b", "/b"), ("/echo/a/%2e%2E/b", "/b"),
        ("/echo/a//../b", "/b"), ("/x/y/../../echo", ""), ("/echo/..a/b..", "/..a/b.."),
    ):
        assert gateway.get(target).json["path_info"] == path_info, target


@pytest.mark.parametrize("target", [
    "/echo/%zz", "/%", "/echo/a%2", "/../echo", "/echo/../../etc/passwd", "/%2e%2e/site.ini",
    "/echo/%ff", "/echo/%C0%AF", "/echo/%ED%A0%80", "/echo/a%01",
])
def test_an_address_that_means_nothing_is_a_bad_request(
    gateway: Gateway, target: str
) -> None:
    answer = gateway.get(target)
    assert answer.status == 400 and b'<p class="status">400</p>' in answer.body


@pytest.mark.parametrize("target", [
    "/nothing", "/nothing/at/all", "/echo%2fa", "/echo/a%2Fb", "/echo/a%00b", "/echo/a%0Ab",
    "/echo/a%0D%0AX-Header:%201", "/echo.py", "/ECHO", "/cgi-bin", "/cgi-bin/", "/cgi-bin/echo",
    "/keeper/undeclared", "/guestbook/undeclared", "/answers", "/index/x", "/_refused",
    "/_refused?x", "/%C3%A9", "/style.css/", "/style.css/x", "/.well-known/x", "/cgi-bin/.py",
])
def test_an_address_without_a_page_is_not_found(gateway: Gateway, target: str) -> None:
    assert is_missing(gateway.get(target))


@pytest.mark.parametrize("target", [
    "/site.ini", "/.git/HEAD", "/.git/config", "/setup.cfg", "/lib/chapbook/config.py",
    "/lib/chapbook/defaults.ini", "/templates/base.html", "/var/site.sqlite",
    "/var/log/chapbook.log",
    "/apache/dispatch.wsgi", "/apache/chapbook.conf", "/cgi-bin/../site.ini",
    "/cgi-bin/../lib/chapbook/config.py", "/htdocs/style.css", "/htdocs/../site.ini",
    "/cgi-bin/__pycache__/x.pyc", "/.venv/pyvenv.cfg", "/.htaccess", "/cgi-bin/%2e%2e/site.ini",
    "/cgi-bin/echo.py.bak", "/cgi-bin/.echo.py.swp", "/cgi-bin/echo.py~",
])
def test_nothing_else_of_the_tree_can_be_had(gateway: Gateway, target: str) -> None:
    assert is_missing(gateway.get(target))


def test_no_script_can_be_read(gateway: Gateway, site: Site) -> None:
    for name in ("echo.py.bak", ".echo.py.swp", "echo.py~"):
        site.drop(f"cgi-bin/{name}", "canary", 0o755)
        assert is_missing(gateway.get(f"/cgi-bin/{name}"))


def test_a_script_that_is_hidden_or_not_executable_is_not_found(
    gateway: Gateway, site: Site
) -> None:
    page = "application = Page(get=lambda request: Response.text('run'))"
    site.script("_hidden", page)
    site.script("plain", page, mode=0o644)
    site.script("group", page, mode=0o654)
    site.script("a.b", page)
    site.script("-dash", page)
    site.script("_folder/page", page)
    site.path("cgi-bin/folder.py").mkdir(exist_ok=True)
    for name in ("_hidden", "plain", "group", "a.b", "-dash", "_folder/page", "folder"):
        assert is_missing(gateway.get(f"/{name}")), name
        assert is_missing(gateway.get(f"/cgi-bin/{name}.py")), name
        assert is_missing(gateway.get(f"/{name}/more")), name


def test_a_lone_slash_after_a_page_leads_back_to_the_page(gateway: Gateway) -> None:
    answer = gateway.get("/keeper/")
    assert (answer.status, answer["Location"]) == (301, "/keeper")
    assert gateway.post("/keeper/", b"word=x").status == 404


def test_the_first_page_is_the_index_script(gateway: Gateway) -> None:
    assert gateway.get("/").status == 200
    assert gateway.get("/").body == gateway.get("/index").body


def test_a_file_in_htdocs_wins_over_a_script(gateway: Gateway, site: Site) -> None:
    site.drop("htdocs/echo/leaf.txt", "A leaf — from htdocs\n")
    answer = gateway.get("/echo/leaf.txt?v=12345678")
    assert answer.text == "A leaf — from htdocs\n"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert gateway.get("/echo/leaf").json["path_info"] == "/leaf"


def test_hidden_files_of_htdocs_are_not_found(gateway: Gateway, site: Site) -> None:
    for name in (".hidden", "_draft.html", ".folder/x.html", "_folder/x.html", "echo/_y.txt"):
        site.drop(f"htdocs/{name}", "hidden")
        assert b"hidden" not in gateway.get(f"/{name}").body
    assert is_missing(gateway.get("/_draft.html"))


def test_links_in_htdocs_are_not_followed(gateway: Gateway, site: Site) -> None:
    site.drop("htdocs/real.txt", "real")
    for name, target in (("link.txt", "../site.ini"), ("alias.txt", "real.txt"), ("lib", "../lib")):
        if not site.path(f"htdocs/{name}").is_symlink():
            site.path(f"htdocs/{name}").symlink_to(target)
    for target in ("/link.txt", "/alias.txt", "/lib/chapbook/defaults.ini"):
        assert is_missing(gateway.get(target)), target


def test_a_file_that_the_server_may_not_read_is_not_found(gateway: Gateway, site: Site) -> None:
    site.drop("htdocs/closed.html", "closed", 0o000)
    assert is_missing(gateway.get("/closed.html"))


def test_the_last_ending_of_a_file_is_its_type(gateway: Gateway, site: Site) -> None:
    for name, kind in (
        ("a.html", "text/html; charset=utf-8"), ("A.HTML", "text/html; charset=utf-8"),
        ("a.html.txt", "text/plain; charset=utf-8"), ("a.tar.webp", "image/webp"),
        *((name, "application/octet-stream") for name in (
            "none", "a.html.fr", "a.html.bak", "a.shtml", "a.txt.gz", "a.var", "html")),
    ):
        site.drop(f"htdocs/types/{name}", "<script>alert(1)</script>")
        answer = gateway.get(f"/types/{name}")
        assert (answer["Content-Type"], answer["Content-Encoding"]) == (kind, None), name
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_a_host_may_run_is_a_download_or_the_hosts_own_affair_but_no_page(
    gateway: Gateway, site: Site
) -> None:
    for name in ("a.php", "a.phtml", "a.pl", "a.cgi"):
        site.drop(f"htdocs/types/{name}", "<script>alert(1)</script>")
        answer = gateway.get(f"/types/{name}")
        assert is_missing(answer) or (
            answer["Content-Type"] in (None, "application/octet-stream", "text/x-perl")
            and answer["X-Content-Type-Options"] == "nosniff"), (name, answer)


def test_of_several_ranges_none_is_sent(gateway: Gateway) -> None:
    answer = gateway.get("/style.css", Range="bytes=0-1,4-5")
    assert (answer.status, answer.body) == (200, gateway.get("/style.css").body)


def test_a_folder_of_htdocs_has_no_listing(gateway: Gateway, site: Site) -> None:
    site.drop("htdocs/pictures/one.txt", "1")
    site.drop("htdocs/pictures/index.html", "<p>no index either")
    for target in ("/pictures", "/pictures/"):
        assert is_missing(gateway.get(target))


def test_a_file_is_sent_by_get_and_head_only(gateway: Gateway) -> None:
    get, head = gateway.get("/style.css"), gateway.ask("HEAD", "/style.css")
    assert (head.status, head.body) == (200, b"")
    assert head["Content-Length"] == str(len(get.body))
    options = gateway.ask("OPTIONS", "/style.css")
    assert (options.status, options["Allow"]) == (204, "GET, HEAD, OPTIONS")
    for method in ("POST", "PUT", "DELETE"):
        refused = gateway.ask(method, "/style.css", body=b"x=1" if method == "POST" else None)
        assert (refused.status, refused["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_file_asked_for_by_its_hash_may_be_kept(gateway: Gateway) -> None:
    kept = gateway.get(gateway.get("/echo").json["static"])
    assert kept["Cache-Control"] == "public, max-age=31536000, immutable"
    assert gateway.get("/style.css")["Cache-Control"] == "public, max-age=3600"
    since = gateway.get("/style.css", If_Modified_Since=kept["Last-Modified"] or "")
    assert (since.status, since.body) == (304, b"")
    assert gateway.get("/style.css", If_None_Match=kept["ETag"] or "").status == 304
    part = gateway.get("/style.css", Range="bytes=1-3")
    assert (part.status, part.body) == (206, kept.body[1:4])
