"""The contract: where and how a page was started changes nothing of what it does."""
from __future__ import annotations

from typing import Any

import pytest

from tests.support.gateways import Gateway
from tests.support.sites import Site

PAGE = """
import locale
import tempfile

FIRST = os.path.realpath(__file__)


def show(request):
    folder = request.config.path("var", "around-NAME")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "Grüße 世界.txt")
    with open(path, "w") as file:
        file.write("für 世界")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with tempfile.TemporaryFile() as file:
        file.write(b"x")
    print("printed: für 世界")
    print("and as an error: für 世界", file=sys.stderr)
    return Response.json({
        "listed": os.listdir(folder), "text": text, "mode": oct(os.stat(path).st_mode & 0o777),
        "folder": oct(os.stat(folder).st_mode & 0o777), "script": FIRST,
        "root": request.config.root, "site": request.config.site.title,
        "lib": os.path.realpath(sys.modules["chapbook"].__file__),
        "names": sys.getfilesystemencoding(),
    })


application = Page(get=show)
"""


@pytest.fixture
def around(gateway: Gateway, site: Site) -> Any:
    """What a page finds around it."""
    name = f"around-{gateway.name}"
    site.script(f"club/{name}", PAGE.replace("NAME", gateway.name))
    return gateway.get(f"/club/{name}").json


def test_a_page_writes_texts_and_names_of_files_in_utf_8_in_every_locale(
    gateway: Gateway, site: Site, around: Any
) -> None:
    """Web servers start scripts in the C locale, where open() would write ASCII."""
    assert (around["listed"], around["text"]) == (["Grüße 世界.txt"], "für 世界")
    path = site.path(f"var/around-{gateway.name}/Grüße 世界.txt")
    assert path.read_bytes() == "für 世界".encode()
    assert around["names"] == "utf-8"


def test_a_page_finds_its_files_wherever_it_was_started(
    gateway: Gateway, site: Site, around: Any
) -> None:
    root = str(site.root)
    assert (around["root"], around["site"]) == (root, "Test site")
    assert around["script"] == f"{root}/cgi-bin/club/around-{gateway.name}.py"
    assert around["lib"] == f"{root}/lib/chapbook/__init__.py"


def test_what_a_page_writes_is_for_its_user_alone_whatever_the_umask_was(around: Any) -> None:
    assert (around["mode"], around["folder"]) == ("0o600", "0o700")
