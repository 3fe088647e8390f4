"""Forms of static pages as a visitor meets them."""
import pytest


@pytest.fixture
def letter():
    return {"name": "Ann", "email": "ann@example.org", "about": "A question",
            "message": "How do I become a member?", "_gotcha": ""}


def test_a_letter_arrives(visitor, letter):
    answer = visitor.post("/forms/contact", **letter)
    print(answer.text)
    assert answer.status == 200
