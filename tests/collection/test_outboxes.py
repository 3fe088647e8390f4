"""What the outbox says of mails: what an error means, what is not shown, what a mail is about."""
import time

import pytest

from collection import outboxes

TOKEN = "aB-_" * 10 + "xyz"


@pytest.mark.parametrize("error, meant", [
    ("mx.example.org refuses the mail to ann@example.org for good: 550 5.1.1 no such user", "550"),
    ("mx answers 451 4.7.1 Greylisted", "451"),
    ("552-5.2.2 over quota", "552"),
    ("No mail server answers at 127.0.0.1:5501 (Connection refused)", ""),
    ("999 is no status, nor are 10.550.0.1 and 5505", ""),
    ("", ""),
])
def test_the_number_of_a_mail_server_is_put_into_words(error, meant):
    assert outboxes.meaning(error) == outboxes.MEANINGS.get(meant, "")


@pytest.mark.parametrize("text, shown", [
    (f"https://example.org/account/reset?token={TOKEN}\n",
     "https://example.org/account/reset?token=[not shown]\n"),
    (f"/account/confirm/{TOKEN}.", "/account/confirm/[not shown]."),
    ("a word with " + "x" * 42 + " and one with " + "x" * 44, None),
    ("Donaudampfschiffahrtsgesellschaftskapitän", None),
])
def test_a_token_is_not_shown_and_other_words_are(text, shown):
    assert outboxes.without_tokens(text) == (text if shown is None else shown)


@pytest.mark.parametrize("text", ["x" * 100_000, "-_" * 50_000, "550." * 25_000, TOKEN + "!" * 9])
def test_long_texts_take_no_longer_than_their_length(text):
    began = time.perf_counter()
    outboxes.without_tokens(text)
    outboxes.meaning(text)
    assert time.perf_counter() - began < 0.5


def test_a_mail_about_something_else_is_about_no_submission():
    assert outboxes.submission_id("submission 12") == 12
    for about in ("", "order 12", "submission", "submission 012", "submission ١٢", "xsubmission 1"):
        assert outboxes.submission_id(about) is None, about
