"""The settings of a form, as an administrator changes them."""
from chapbook.accounts import events
from collection import formsettings


def settings(owner, **changed):
    texts = owner.asked(formsettings.texts, owner.config, "contact")
    return owner.send("/admin/form/contact", **{**texts, **changed})


def test_settings_are_changed_and_given_back(owner):
    answer = settings(owner, to="a@example.org, b@example.org", keep="30 d", autoreply="Hi,\nAnn",
                      thanks="/thanks.html", rate="4")
    assert (answer.status, answer["Location"]) == (303, "/admin/form/contact?done=save")
    held = owner.asked(formsettings.of, owner.config, "contact")
    assert held.to == ["a@example.org", "b@example.org"] and held.keep == 30 * 86400
    assert (held.autoreply, held.thanks, held.rate) == ("Hi,\nAnn", "/thanks.html", 4)
    page = owner.get("/admin/form/contact").text
    assert page.count("<b>changed here</b>") == 5 and "<code>site.ini</code> has “365 d”" in page
    assert settings(owner, to="", keep="365 d", autoreply="", thanks="", rate="10").status == 303
    assert owner.asked(formsettings.own, "contact") == {}
    assert [(event.what, event.about) for event in owner.asked(events.latest, most=2)] == [
        ("settings changed", "contact")] * 2


def test_a_setting_that_cannot_be_so_comes_back_with_a_sentence(owner):
    for name, text in (
        ("to", "nobody"), ("to", "a@example.org,"), ("keep", "a year"), ("keep", "365"),
        ("keep", "365 MiB"), ("file_size", "8 d"), ("rate", "-1"), ("rate", ""), ("rate", "1.5"),
        ("thanks", "https://example.org/"), ("thanks", "//example.org"),
        ("thanks", "/\\example.org"), ("aliases", "sales"), ("aliases", "sales: nobody"),
        ("words", "x" * 8001),
    ):
        answer = settings(owner, **{name: text})
        assert answer.status == 422, (name, text)
        assert f'id="{name}-error"' in answer.text, (name, text)
        assert owner.asked(formsettings.own, "contact") == {}


def test_a_name_of_a_form_is_never_a_path(owner):
    for name in ("../../site", "..%2f..%2fsite", ".git", "%00", "a%0ab"):
        assert owner.get(f"/admin/form/{name}").status in (400, 404), name
