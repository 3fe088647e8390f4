"""What browsers call themselves, in words."""
from __future__ import annotations

import pytest

from collection import browsers

KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(("agent", "words"), [
    ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Chrome/141.0.0.0 Safari/537.36",
     "Chrome on Windows"),
    (f"Mozilla/5.0 (Windows NT 10.0) {KIT} Chrome/141.0.0.0 Safari/537.36 Edg/141.0",
     "Edge on Windows"),
    (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {KIT} Chrome/141.0 Safari/537.36 OPR/120.0",
     "Opera on a Mac"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Version/18.1 Mobile/15E148 Safari/604.1", "Safari on an iPhone"),
    ("Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1 CriOS/141.0 Safari/604.1",
     "Chrome on an iPad"),
    (f"Mozilla/5.0 (Linux; Android 15) {KIT} SamsungBrowser/28.0 Chrome/130.0 Safari/537.36",
     "Samsung Internet on Android"),
    ("Lynx/2.9.0dev.12 libwww-FM/2.14", "Lynx"), ("curl/8.5", "An unknown browser"),
    ("", "An unknown browser"), ("<b>Windows</b>", "An unknown browser on Windows"),
])
def test_it_is_said_as_people_say_it(agent, words):
    assert browsers.in_words(agent) == words
