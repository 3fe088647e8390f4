"""Compiled modules for hosts whose scripts cannot write them."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chapbook.hosting import bytecode


def test_compiled_modules_are_used_and_an_edit_takes_effect(tmp_path: Path) -> None:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    made = bytecode.compiled({"lib/a.py": b"print(__file__, 1)\n", "lib/b.py": b"print"},
                             version, str(tmp_path / "work"))
    assert sorted(made) == [f"lib/__pycache__/{name}.cpython-{version.replace('.', '')}.pyc"
                            for name in "ab"]
    made["lib/a.py"] = b"print(__file__, 1)\n"
    for name, data in made.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)

    def run() -> str:
        ran = subprocess.run([sys.executable, "-c", "import a"], cwd=tmp_path / "lib",
                             capture_output=True, text=True, check=True)
        return ran.stdout

    assert run() == f"{tmp_path}/lib/a.py 1\n"
    stamp = (tmp_path / "lib/a.py").stat()
    (tmp_path / "lib/a.py").write_bytes(b"print(__file__, 2)\n")
    os.utime(tmp_path / "lib/a.py", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert run() == f"{tmp_path}/lib/a.py 2\n"


def test_a_module_for_another_python_has_no_compiled_form(tmp_path: Path) -> None:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert bytecode.compiled({"a.py": b"print 'two'\n"}, version, str(tmp_path)) == {}
    assert bytecode.compiler("3.99") == ""


def test_a_python_that_does_not_run_compiles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    for said in ("exit 127", "echo 3.8"):
        (tmp_path / "python3.99").write_text(f"#!/bin/sh\n{said}\n")
        (tmp_path / "python3.99").chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert bytecode.compiler("3.99") == ""
