"""Settings files: sections of `name = value` lines, and nothing else.

A strict subset of what configparser reads, which would cost every CGI request 8 ms: no
interpolation, no values over several lines, and a mistake is named by its line.
"""
from __future__ import annotations

import os

from .errors import ConfigError, user


def read(path: str) -> dict[str, dict[str, str]]:
    """The options of each section, as text.

    A line is `[section]`, `name = value`, empty, or a comment that begins with # or ;. A value may
    hold any of these characters itself. ConfigError for anything else, and for a section or option
    given twice; it does not repeat the line, which may hold a password.
    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            lines = file.read().split("\n")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text: save it as UTF-8.") from error
    except PermissionError as error:
        raise ConfigError(
            f"{path} cannot be opened: {error.strerror}. Scripts run as {user()}: "
            f"chown {user()} {os.path.basename(path)}"
        ) from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be opened: {error.strerror}.") from error
    sections: dict[str, dict[str, str]] = {}
    options: dict[str, str] | None = None
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text[0] in "#;":
            continue
        if text[0] == "[" and text[-1] == "]":
            name = text[1:-1].strip()
            if name in sections:
                raise ConfigError(
                    f"{path}, line {number}: [{name}] is there twice; put them together."
                )
            options = sections[name] = {}
            continue
        name, sep, value = text.partition("=")
        name = name.strip()
        if not sep or not name:
            raise ConfigError(f"{path}, line {number} is not of the form: name = value")
        if options is None:
            raise ConfigError(f"{path}, line {number}: {name!r} stands before the first [section].")
        if name in options:
            raise ConfigError(f"{path}, line {number}: {name!r} is set twice in its section.")
        options[name] = value.strip()
    return sections
