"""A form sent as its browser would: from its page, with what it holds."""
from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlencode

from chapbook.testing import Answer, Client


def send(client: Client, url: str, *pairs: tuple[str, Any], **fields: Any) -> Answer:
    """The answer to the first form by POST of the page at `url`, filled in with these fields."""
    page = client.get(url)
    action = re.search(r'<form [^>]*method="post" action="([^"]+)"', page.text)
    token = re.search(r'name="_once" value="([^"]+)"', page.text)
    assert action, (page.status, page.text)
    known = [("_once", token[1])] if token else []
    return post(client, html.unescape(action[1]), *known, *pairs, *fields.items())


def post(client: Client, url: str, *pairs: tuple[str, Any]) -> Answer:
    """The answer to these fields, from a page of the same site."""
    return client.request("POST", url, urlencode(pairs).encode(),
                          "application/x-www-form-urlencoded",
                          headers={"Sec-Fetch-Site": "same-origin"})
