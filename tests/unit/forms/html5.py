"""The forms of a page as html5lib, a full HTML parser, has them: what `markup.read` must find."""
from __future__ import annotations

from typing import Any

import html5lib
from html5lib.treebuilders import getTreeBuilder

from chapbook.forms.markup import INPUT_TYPES, Document

LISTED = ("input", "select", "textarea", "button")
LABELABLE = (*LISTED, "output", "meter", "progress")
NO_WORDS = (
    "button", "datalist", "iframe", "noembed", "noframes", "script", "select", "style", "template",
    "textarea", "title", "xmp",
)
_Base: Any = getTreeBuilder("etree")


class _Builder(_Base):  # type: ignore[misc]
    """html5lib's tree; `owners` has each control with the form that was open when it came."""

    def reset(self) -> None:
        super().reset()
        plain: Any = type(self).elementClass
        self.owners: list[tuple[Any, Any]] = []

        def element(name: str, namespace: Any) -> Any:
            made = plain(name, namespace)
            if name in LISTED and self.formPointer is not None:
                self.owners.append((made._element, self.formPointer._element))
            return made
        self.elementClass = element


class _Tree:
    def __init__(self, text: str) -> None:
        parser = html5lib.HTMLParser(tree=_Builder, namespaceHTMLElements=False)
        self.root: Any = parser.parse(text)
        self.owners = {id(control): form for control, form in parser.tree.owners}
        self.parents = {id(child): parent for parent in self.root.iter() for child in parent}
        self.ids: dict[str, Any] = {}
        self.elements = [each for each in self.root.iter() if isinstance(each.tag, str)]
        for each in self.elements:
            if "id" in each.attrib:
                self.ids.setdefault(each.attrib["id"], each)

    def ancestors(self, element: Any) -> list[Any]:
        found = []
        while id(element) in self.parents:
            element = self.parents[id(element)]
            found.append(element)
        return found

    def owner(self, control: Any) -> str | None:
        if "form" in control.attrib:
            form = self.ids.get(control.attrib["form"]) if control.attrib["form"] else None
            if form is None or form.tag != "form":
                return None
        else:
            form = self.owners.get(id(control))
            if form is None:
                form = next((each for each in self.ancestors(control) if each.tag == "form"), None)
        return None if form is None else form.attrib.get("data-n")

    def disabled(self, control: Any) -> bool:
        if "disabled" in control.attrib:
            return True
        inside = control
        for around in self.ancestors(control):
            if around.tag == "fieldset" and "disabled" in around.attrib:
                legends = [child for child in around if child.tag == "legend"]
                if not legends or inside is not legends[0]:
                    return True
            inside = around
        return False

    def legend(self, control: Any) -> str:
        for around in self.ancestors(control):
            if around.tag == "fieldset":
                return next((words(child) for child in around if child.tag == "legend"), "")
        return ""

    def labels(self, control: Any) -> list[str]:
        found = []
        for label in self.elements:
            if label.tag == "label":
                if "for" in label.attrib:
                    target = self.ids.get(label.attrib["for"]) if label.attrib["for"] else None
                else:
                    target = next((each for each in label.iter() if labelable(each)), None)
                if target is control and labelable(control):
                    found.append(words(label))
        return found


def labelable(element: Any) -> bool:
    kind = element.attrib.get("type", "").lower()
    return element.tag in LABELABLE and (element.tag != "input" or kind != "hidden")


def words(element: Any) -> str:
    """The words of an element, white space collapsed, without controls inside of it."""
    def parts(element: Any) -> list[str]:
        found = [element.text or ""]
        for child in element:
            if isinstance(child.tag, str) and child.tag.rpartition("}")[2] not in NO_WORDS:
                found += parts(child)
            found.append(child.tail or "")
        return found
    return " ".join("".join(parts(element)).split())


def text(element: Any) -> str:
    """The text content of an element, comments left out."""
    found = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            found.append(text(child))
        found.append(child.tail or "")
    return "".join(found)


def written(textarea: Any) -> str:
    """The text of a textarea; html5lib leaves the first line end in where it is in a table."""
    return text(textarea).removeprefix("\n").replace("\r", "\n")


def collapsed(text: str) -> str:
    for space in "\t\n\f\r":
        text = text.replace(space, " ")
    return " ".join(word for word in text.split(" ") if word)


def options(select: Any) -> list[tuple[str, str, bool, bool]]:
    found = []
    for child in select:
        inside = {"option": [child], "optgroup": list(child)}.get(child.tag, [])
        for option in inside:
            if option.tag == "option":
                own = collapsed(text(option))
                off = "disabled" in option.attrib or (
                    child.tag == "optgroup" and "disabled" in child.attrib)
                found.append((option.attrib.get("value", own), option.attrib.get("label") or own,
                              off, "selected" in option.attrib))
    return found


def expected(source: str) -> dict[str, dict[str, Any]]:
    """What html5lib finds: the facts of each control, by its data-n."""
    tree = _Tree(source)
    found = {}
    for element in tree.elements:
        if element.tag not in LISTED:
            continue
        given = element.attrib.get("type", "").lower()
        kind = {"input": given if given in INPUT_TYPES else "text", "textarea": "textarea",
                "select": "select-multiple" if "multiple" in element.attrib else "select-one",
                "button": given if given in ("submit", "reset", "button") else "submit"}
        default = "" if element.tag == "select" else element.attrib.get("value", "")
        found[element.attrib.get("data-n", "")] = {
            "element": element.tag, "type": kind[element.tag],
            "name": element.attrib.get("name", ""),
            "default": written(element) if element.tag == "textarea" else default,
            "attributes": dict(element.attrib), "form": tree.owner(element),
            "disabled": tree.disabled(element), "legend": tree.legend(element),
            "in_datalist": any(each.tag == "datalist" for each in tree.ancestors(element)),
            "options": options(element) if element.tag == "select" else [],
            "labels": tree.labels(element),
        }
    return found


def actual(document: Document) -> dict[str, dict[str, Any]]:
    """The same facts as `markup.read` has them."""
    return {control.attributes.get("data-n", ""): {
        "element": control.element, "type": control.type, "name": control.name,
        "default": control.default, "attributes": control.attributes,
        "form": control.form.attributes.get("data-n") if control.form else None,
        "disabled": control.disabled, "legend": control.legend,
        "in_datalist": control.in_datalist,
        "options": [(option.value, option.label, option.disabled, option.selected)
                    for option in control.options],
        "labels": control.labels,
    } for control in document.controls}
