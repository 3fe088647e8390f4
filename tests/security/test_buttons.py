"""A form that comes without a button, as no browser sends it, is no fault of the site."""
from __future__ import annotations

from chapbook.forms import markup

from tests.support.crawl import crawl, is_markup
from tests.support.forms import filled, sent
from tests.support.world import World


def test_a_form_that_comes_without_its_button_is_answered(world: World) -> None:
    tried = set()
    found = {who: crawl(world, who).found for who in ("administrator", "nobody")}
    try:
        for who in found:
            for url, answer in found[who]:
                for form in markup.read(answer.text).forms if is_markup(answer) else ():
                    buttons = {each.name for each in form.controls if each.is_submitter}
                    if form.method == "post" and buttons - {""}:
                        tried.add(url)
                        fields = [pair for pair in filled(form) if pair[0] not in buttons]
                        again = sent(world.clients[who], url, form, fields)
                        assert again.status < 500, (url, buttons)
    finally:
        world.restore()
    assert len(tried) > 10
