"""The modules that Python had until 3.12, beside those of lib/ that take their place."""
from __future__ import annotations

import importlib.util
import sys
import sysconfig
import warnings
from pathlib import Path
from types import ModuleType


def lost(name: str) -> ModuleType | None:
    """Python's own module of that name, under another one; None from Python 3.13 on."""
    path = Path(sysconfig.get_path("stdlib")) / f"{name}.py"
    spec = importlib.util.spec_from_file_location("lost_" + name, path)
    if not path.exists() or spec is None or spec.loader is None:
        return None
    made = importlib.util.module_from_spec(spec)
    sys.modules[made.__name__] = made
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec.loader.exec_module(made)
    return made
