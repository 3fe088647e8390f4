"""A form of a page filled in as a visitor would, and sent."""
from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

from chapbook.forms.controls import Control, Form
from chapbook.testing import BOUNDARY, Answer, Client

from tests.support.people import PASSWORD

Fields = list[tuple[str, str]]

NEW_PASSWORD = "seven green lamps 9"
BUTTONS = ("submit", "image", "button", "reset")
PICTURE = (  # a PNG of one pixel
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc"
    b"\xf8\xcf\xc0\xf0\x1f\0\5\0\1\xff\x56\xc7\x2f\x0d\0\0\0\0IEND\xaeB`\x82")
_VALUES = {
    "email": "zoe@example.org", "number": "1", "range": "1", "date": "2030-01-01",
    "time": "10:00", "month": "2030-01", "week": "2030-W01", "datetime-local": "2030-01-01T10:00",
    "url": "https://example.org/", "tel": "0123456789", "color": "#000000",
}


def filled(
    form: Form, button: Control | None = None, text: str = "Some words to read", least: bool = False
) -> Fields:
    """What a visitor sends: something in each field, and `text` in those for any text.

    What is filled in already stays, unless another text than usual is asked for. Without a button
    it is the first of the form. With `least` fields that may be empty are.
    """
    found, chosen = [], set()
    button = button or next((each for each in form.controls if each.is_submitter), None)
    for control in form.controls:
        if control.disabled or control.in_datalist or not control.name or control.type == "file":
            continue
        if control.type in BUTTONS:
            if control is button:
                found.append((control.name, control.default))
        elif control.type in ("checkbox", "radio"):
            first = control.name not in chosen and (
                control.type == "checkbox" or not _has_checked(form, control.name))
            if first or "checked" in control.attributes and control.type == "radio":
                found.append((control.name, control.attributes.get("value", "on")))
                chosen.add(control.name)
        else:
            stays = least and not control.required and not control.options
            found.append((control.name, control.default if stays else _value(control, text)))
    return found


def _has_checked(form: Form, name: str) -> bool:
    return any(each.name == name and "checked" in each.attributes for each in form.controls)


def _value(control: Control, text: str) -> str:
    if control.type == "hidden":
        return control.default
    if control.type.startswith("select"):
        options = [option for option in control.options if not option.disabled and option.value]
        chosen = next((option for option in options if option.selected), options[0])
        return chosen.value
    if control.name.startswith("_"):
        return ""                                 # a trap for robots
    if control.type == "password":
        new = control.attributes.get("autocomplete") == "new-password"
        return NEW_PASSWORD if new else PASSWORD
    if control.attributes.get("autocomplete") == "username":
        return "member@example.org"
    if control.type in _VALUES:
        return control.default or control.attributes.get("min") or _VALUES[control.type]
    if control.default and "x-mark" not in text:
        return control.default
    return text[:int(control.attributes.get("maxlength", 9999))]


def target(url: str, form: Form, button: Control | None = None) -> str:
    """The path and query that a form on a page is sent to."""
    action = (button.attributes.get("formaction") if button is not None else None) or form.action
    whole = urlsplit(urljoin(f"http://localhost{url}", action or url))
    return whole.path + (f"?{whole.query}" if whole.query else "")


def sent(
    client: Client, url: str, form: Form, fields: Fields, button: Control | None = None,
    **headers: str,
) -> Answer:
    """The answer to a form on the page at `url`; `headers` are of the request (Origin=...)."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    given = given or {"Sec-Fetch-Site": "same-origin"}
    where = target(url, form, button)
    if form.method == "get":
        query = "&".join(f"{quote(name)}={quote(value)}" for name, value in fields)
        return client.get(f"{where.partition('?')[0]}?{query}")
    if form.enctype == "multipart/form-data":
        body = b"".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            .encode() for name, value in fields)
        for control in form.controls:
            if control.type == "file":
                body += (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{control.name}"; '
                         'filename="a.png"\r\nContent-Type: image/png\r\n\r\n').encode()
                body += PICTURE + b"\r\n"
        body += f"--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
    else:
        body = "&".join(f"{quote(name)}={quote(value)}" for name, value in fields).encode()
        kind = "application/x-www-form-urlencoded"
    return client.request("POST", where, body, kind, headers=given)
