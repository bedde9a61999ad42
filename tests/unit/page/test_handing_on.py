"""Orders on their way to the keeper: each waits for its own answer, a refusal keeps its words."""

from threading import Thread

import pytest

from hil.page.handing_on import HandingOn
from twin.errors import BadInput


def test_answers_go_to_whoever_asked_in_whichever_order_they_come():
    asked, said = {}, {}
    hand_on = HandingOn(lambda event, ask, who: asked.update({who: ask}))

    def go(who):
        try:
            hand_on("order", who=who)
            said[who] = "done"
        except BadInput as refusal:
            said[who] = str(refusal)

    people = [Thread(target=go, args=(who,)) for who in ("anna", "olli")]
    for person in people:
        person.start()
    while len(asked) < 2:
        people[0].join(0.01)
    hand_on.answered(min(asked.values()) - 1, "of a page that ran before")
    hand_on.answered(asked["olli"], "alarm 1: 'reset' it is not latched")
    hand_on.answered(asked["anna"], "")
    for person in people:
        person.join(10)
    assert said == {"anna": "done", "olli": "alarm 1: 'reset' it is not latched"}


def test_no_answer_is_said_and_one_that_comes_late_does_no_harm():
    asked = []
    hand_on = HandingOn(lambda event, ask: asked.append(ask), answers_s=0.01)
    with pytest.raises(BadInput, match="not answered within"):
        hand_on("note")
    hand_on.answered(asked[0], "")
    with pytest.raises(BadInput, match="not answered"):
        hand_on("note")


def test_a_refusal_that_comes_late_is_told_of_with_who_wanted_it():
    asked, late = [], []
    hand_on = HandingOn(
        lambda event, ask, **_: asked.append(ask),
        lambda event, **fields: late.append((event, fields)),
        answers_s=0.01,
    )
    for number in (3, 4):
        with pytest.raises(BadInput, match="or health says that it is put aside"):
            hand_on("order", number=number, who="anna")
    hand_on.answered(asked[0], "")
    hand_on.answered(asked[1], "put aside")
    hand_on.answered(asked[1], "put aside")
    assert late == [("order", {"why": "put aside", "number": 4, "who": "anna"})]
