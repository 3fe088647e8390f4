"""What a browser calls itself, in words: "Firefox on Windows"."""
from __future__ import annotations

# The first that is found in the text; most browsers name others as well, to be served like them.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Opera", "Opera"), ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"), ("DuckDuckGo/", "DuckDuckGo"), ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"), ("CriOS/", "Chrome"), ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("Lynx/", "Lynx"),
    ("w3m/", "w3m"), ("Links ", "Links"), ("ELinks", "ELinks"), ("Trident/", "Internet Explorer"),
)
_SYSTEMS = (
    ("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
    ("Windows", "Windows"), ("Mac OS X", "a Mac"), ("Macintosh", "a Mac"), ("Linux", "Linux"),
    ("BSD", "BSD"),
)


def in_words(agent: str) -> str:
    """Browser and system; "An unknown browser" where neither can be told. It may be a lie."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser or 'An unknown browser'} on {system}" if system else (
        browser or "An unknown browser")
