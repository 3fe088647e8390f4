#!/usr/bin/env python3
"""A page that takes its time, and says at the end whom it was for."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

import time

from chapbook import Page, Response, run


def show(request):
    """The visitor's own word, from query, cookie and header, after a nap."""
    begun = time.time()
    time.sleep(0.3)
    return Response.json({
        "query": request.query["word"], "cookie": request.cookies["word"],
        "header": request.headers["X-Word"], "begun": begun, "ended": time.time(),
    })


application = Page(get=show)

if __name__ == "__main__":
    run(application)
