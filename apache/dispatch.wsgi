#!/usr/bin/env python3
"""The way into the site from Apache: every page by mod_wsgi; by CGI, what is not plainly one script."""
import os
import sys
ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, ROOT + "/lib")

if __name__ == "__main__":
    from chapbook import run
    from chapbook.server.dispatch import Dispatcher
    run(Dispatcher(ROOT))
else:
    from chapbook.server.reload import Reloader
    application = Reloader(ROOT)
