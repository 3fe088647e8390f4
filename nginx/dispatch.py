#!/usr/bin/env python3
"""The way into the site from nginx: by FastCGI, by CGI (fcgiwrap, uWSGI), by WSGI (uWSGI).

nginx/dispatch.py --socket /run/my-site/fastcgi.sock --processes 4
"""
import os
import sys
ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, ROOT + "/lib")

if __name__ != "__main__":
    os.umask(0o077)                                # what pages write is private
    from chapbook.server.reload import Reloader
    application = Reloader(ROOT, files=True)
elif "GATEWAY_INTERFACE" in os.environ:
    from chapbook import run
    from chapbook.server.dispatch import Dispatcher
    from chapbook.server.whole import whole
    run(whole(Dispatcher(ROOT), ROOT))
else:
    from chapbook.server.workers import main
    main(ROOT, sys.argv[1:])
