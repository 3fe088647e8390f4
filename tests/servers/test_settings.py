"""Settings through each gateway: what is saved by one process holds in all others at once."""
from __future__ import annotations

import html
import os
import re
import uuid
from urllib.parse import urlencode

from chapbook.testing import Client

from tests.servers.conftest import Running
from tests.support.gateways import GATEWAYS
from tests.support.letters import BROWSER
from tests.support.people import People, session


def test_what_is_saved_through_one_holds_in_all(gateways: Running) -> None:
    site = gateways.site
    path = site.path("site.ini")
    before = path.read_text("utf-8")
    token = session(site.config, People(Client, site.config).add(
        "administrator", uuid.uuid4().hex))
    site.give_away()
    cookie = f"__Host-session={token}"
    try:
        for name in GATEWAYS:
            page = gateways[name].get("/admin/settings", Cookie=cookie)
            assert page.status == 200, name
            action = re.search(r'<form [^>]*method="post" action="([^"]+)"', page.text)
            assert action is not None
            fields = {field: html.unescape(value) for field, value in re.findall(
                r'<input id="[\w-]+" name="([\w-]+)"[^>]*value="([^"]*)"', page.text)}
            for field, options in re.findall(
                    r'<select id="[\w-]+" name="([\w-]+)".*?>(.*?)</select>', page.text, re.S):
                fields[field] = re.findall(r'value="([^"]+)" selected', options)[0]
            body = urlencode({**fields, "_once": page.once, "site-tagline": f"Said by {name}"})
            answer = gateways[name].ask("POST", html.unescape(action[1]),
                                        {**BROWSER, "Cookie": cookie}, body.encode())
            assert answer.status == 303, (name, answer.text)
            for other in GATEWAYS:
                assert f"Said by {name}" in gateways[other].get("/").text, (name, other)
            changed = path.read_text("utf-8")
            assert changed.replace(f"tagline = Said by {name}\n", "") == before, name
            assert os.stat(path).st_mode & 0o777 == 0o600
    finally:
        path.write_text(before, "utf-8")
