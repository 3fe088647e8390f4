#!/usr/bin/env python3
"""All that a request gives, as JSON."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

import zlib

from chapbook import Page, Response, Routes, run


def show(request, rest=""):
    """The request, without what its form would say."""
    return Response.json(seen(request))


def take(request, rest=""):
    """The request with its form and files, or its JSON."""
    found = seen(request)
    if request.content_type == "application/json":
        found["json"] = request.json
    else:
        found["form"] = list(request.form.pairs())
        found["files"] = [
            [name, upload.name, upload.size, zlib.crc32(upload.read())]
            for name, upload in request.files.pairs()
        ]
    return Response.json(found)


def seen(request):
    """What GET and POST have in common."""
    return {
        "method": request.method, "url": request.url, "script_url": request.script_url,
        "path_info": request.path_info, "script": request.script, "root": request.root,
        "query": list(request.query.pairs()), "cookies": request.cookies,
        "guestbook": request.url_for("guestbook"), "home": request.url_for("index"),
        "static": request.static("style.css"), "absolute": request.absolute(request.url),
        "headers": {
            name: request.headers[name]
            for name in ("Accept", "X-Twice", "Authorization", "Proxy", "X-Latin")
            if name in request.headers
        },
        "proxy": [name for name in ("HTTP_PROXY", "http_proxy") if os.environ.get(name)]
        + [name for name in request.environ if name == "HTTP_PROXY"],
    }


both = Page(get=show, post=take, put=take, patch=take, delete=take, form=None)
application = Routes({"/": both, "/{rest:path}": both})

if __name__ == "__main__":
    run(application)
