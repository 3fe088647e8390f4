"""Templates run from kept code give what Jinja2 itself gives, and are never stale."""
from __future__ import annotations

import json
import marshal
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chapbook.compiled import Store, file_name
from chapbook.config import ROOT

from tests.support.constructs import CASES, SUPPORT

# Renders the named templates in one way, and says whether Jinja2's compiler was loaded.
DRIVER = r'''
import json, os, sys, traceback
import chapbook
from chapbook import compiled
folder, cache, way = sys.argv[1:4]
def furnish(environment):
    from jinja2.utils import pass_context, pass_environment, pass_eval_context
    environment.globals.update(
        site="S&S", context_name=pass_context(lambda c: "ctx:" + c["name"] + str("items" in c)))
    environment.filters["with_eval"] = pass_eval_context(lambda e, v: f"{e.autoescape}{v}")
    environment.filters["with_environment"] = pass_environment(lambda e, v: f"{e.autoescape}{v}")
def make(way=way):
    import jinja2
    from chapbook.jinja import Environment
    made = (jinja2.Environment if way == "jinja" else Environment)(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined)
    furnish(made)
    return made
def context():
    from markupsafe import Markup
    class Thing:
        keys = "keys!"
    return dict(
        name="<N&n 'q'>", items=[3, 1, 2], flag=True, map={"b": 1, "a": "</script>", "z": 0},
        tree=[{"v": 1, "kids": [{"v": "<2>", "kids": []}]}], layout="base.html", thing=Thing(),
        rows=[{"id": 1, "name": "b<", "kind": "x"}, {"id": 2, "name": "a", "kind": "y"}],
        long="lorem ipsum dolor " * 4, text="Ünï", markup=Markup("<b>m</b>"))
results = {}
for name in json.load(sys.stdin):
    try:
        if way == "jinja":
            text = make().get_template(name).render(context())
        else:
            text = compiled.Store(folder, cache, make, furnish, 1).render(name, context())
    except Exception as error:
        where = [(os.path.basename(frame.filename), frame.lineno)
                 for frame in traceback.extract_tb(error.__traceback__)
                 if frame.filename.startswith(folder)]
        text = f"{type(error).__module__}.{type(error).__name__}: {error} at {where}"
        if way == "cold":
            compiled.Store(folder, cache, make, furnish, 1).keep(name)
    results[name] = [text, "jinja2.compiler" in sys.modules]
print(json.dumps(results))
'''


class Folder:
    """Templates in a folder, too old for an edit to go unseen, and their cache."""

    def __init__(self, place: Path) -> None:
        self.place = place
        (place / "templates").mkdir()
        self.cache = place / "cache" / f"templates-{sys.implementation.cache_tag}"

    def write(self, name: str, text: str, age: float = 60) -> None:
        path = self.place / "templates" / name
        draft = path.with_suffix(".new")
        draft.write_text(text, "utf-8")
        os.replace(draft, path)
        os.utime(path, (time.time() - age,) * 2)

    def rendered(self, way: str, names: list[str]) -> dict[str, tuple[str, bool]]:
        """Each template's text or error, and whether Jinja2's compiler was needed."""
        folders = [str(self.place / "templates"), str(self.place / "cache")]
        done = subprocess.run(
            [sys.executable, "-c", DRIVER, *folders, way],
            input=json.dumps(names), capture_output=True, text=True, check=True,
            env={"PYTHONPATH": os.path.join(ROOT, "lib")},
        )
        results: dict[str, tuple[str, bool]] = json.loads(done.stdout)
        return {name: (text, full) for name, (text, full) in results.items()}

    def page(self) -> tuple[str, bool]:
        return self.rendered("kept", ["page.html"])["page.html"]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.write("base.html", "[{% block x %}{% endblock %}]")
    made.write("page.html", "{% extends 'base.html' %}{% block x %}{{ name }}{% endblock %}")
    return made


@pytest.fixture
def warm(folder: Folder) -> Folder:
    assert folder.page() == ("[&lt;N&amp;n &#39;q&#39;&gt;]", True)
    assert folder.page() == ("[&lt;N&amp;n &#39;q&#39;&gt;]", False)
    return folder


def test_every_construct_gives_what_jinja2_gives(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for name, text in [*SUPPORT.items(), *((f"{name}.html", text) for name, text in CASES.items())]:
        folder.write(name, text)
    names = [f"{name}.html" for name in CASES]
    wanted = {name: text for name, (text, _) in folder.rendered("jinja", names).items()}
    for way in ("cold", "kept", "kept"):
        found = {name: text for name, (text, _) in folder.rendered(way, names).items()}
        assert found == wanted


def test_a_kept_template_does_not_import_the_compiler(warm: Folder) -> None:
    assert warm.page()[1] is False


@pytest.mark.parametrize("name", ["page.html", "base.html"])
def test_an_edited_template_is_rendered_anew_and_kept_again(warm: Folder, name: str) -> None:
    text = (warm.place / "templates" / name).read_text()
    warm.write(name, text.replace("{{ name }}", "new").replace("[", "(").replace("]", ")"))
    text, full = warm.page()
    assert text != "[&lt;N&amp;n &#39;q&#39;&gt;]" and full
    assert warm.page() == (text, False)


def test_a_template_edited_a_moment_ago_is_not_kept(warm: Folder) -> None:
    warm.write("page.html", "now", age=0)
    assert warm.page() == ("now", True)
    assert warm.page() == ("now", True)


@pytest.mark.parametrize("content", [
    b"", b"hello", b"\xff" * 500, marshal.dumps(5), marshal.dumps(((0,), (1,), None, [])),
], ids=["empty", "text", "garbage", "another type", "another key"])
def test_a_broken_cache_file_is_replaced(warm: Folder, content: bytes) -> None:
    (warm.cache / file_name("page.html")).write_bytes(content)
    assert warm.page()[1] is True
    assert warm.page()[1] is False


def test_a_truncated_cache_file_is_replaced(warm: Folder) -> None:
    file = warm.cache / file_name("page.html")
    file.write_bytes(file.read_bytes()[:100])
    assert warm.page()[1] is True
    assert warm.page()[1] is False


@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_cache_that_others_can_write_is_not_trusted(warm: Folder, mode: int) -> None:
    warm.cache.chmod(mode)
    assert warm.page()[1] is True


@pytest.mark.as_root
def test_a_cache_that_belongs_to_another_user_is_not_trusted(warm: Folder) -> None:
    os.chown(warm.cache, 65534, 65534)
    assert warm.page()[1] is True


def test_a_cache_that_cannot_be_written_is_only_slower(folder: Folder) -> None:
    (folder.place / "cache").write_text("a file in its place")
    for _ in range(2):
        assert folder.page() == ("[&lt;N&amp;n &#39;q&#39;&gt;]", True)


def test_that_jinja2_was_not_uploaded_is_said_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        Store(str(tmp_path), str(tmp_path), make=dict, configure=repr, settings=1)
    assert caught.value.name == "jinja2"
