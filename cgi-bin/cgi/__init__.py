"""What `import cgi` and `import cgitb` are for old scripts in this folder: lib/cgi.py, lib/cgitb.py.

Apache starts a script with the script's own folder first on Python's path, and with no other of
this site. For old scripts in another folder of cgi-bin, copy the folders cgi and cgitb there. It is
no page: what begins with an underscore never is one.
"""
import os
import sys

_root = os.path.dirname(os.path.realpath(__file__))
while not os.path.isfile(_root + "/lib/" + __name__ + ".py") and _root != "/":
    _root = os.path.dirname(_root)

if sys.version_info >= (3, 11):
    import importlib.util

    if _root + "/lib" not in sys.path:
        sys.path.append(_root + "/lib")
    _spec = importlib.util.spec_from_file_location(__name__, _root + "/lib/" + __name__ + ".py")
    sys.modules[__name__] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[__name__])
else:                                             # a Python that has the module itself
    import imp

    sys.modules.pop(__name__)
    sys.modules[__name__] = imp.load_module(
        __name__, *imp.find_module(__name__, [os.path.dirname(os.__file__)]))
