"""`.htaccess` for hosts with mod_fcgid; what is in the others is tried with a real Apache."""
from __future__ import annotations

import re

import pytest

from chapbook.hosting import htaccess


@pytest.mark.parametrize("layout", ["split", "inside"])
def test_a_process_that_stays_gets_all_but_long_bodies(layout: str) -> None:
    """Those are for CGI, by the same script: mod_fcgid would answer them with an error."""
    text = htaccess.text(layout, fastcgi=True)
    script = {"split": "cgi-bin/chapbook.py", "inside": "apache/dispatch.fcgi"}[layout]
    files = text.partition(f'<Files "{script.rpartition("/")[2]}">\n')[2].partition("</Files>")[0]
    assert re.findall(r"SetHandler (\S+)", files) == ["fcgid-script", "cgi-script"]
    assert '"%{HTTP:Content-Length} -gt 131072 || -n %{HTTP:Transfer-Encoding}"' in files
    assert f'"(?s)^(.*)$" "{script}/$1"' in text
    assert "cgi-bin/$1.py" not in text and "cgi-bin/index.py" not in text
    assert "fcgid" not in htaccess.text(layout)
