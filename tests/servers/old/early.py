#!/usr/bin/env python3
import cgitb; cgitb.enable()
import no_such_module
