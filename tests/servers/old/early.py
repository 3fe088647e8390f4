#!/usr/bin/env python3
import cgitb

cgitb.enable()
__import__("no_such_module").run()
