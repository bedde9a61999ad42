"""Steps that somebody does: what is asked, what counts as an answer, which instruments count."""

from datetime import date, timedelta

import pytest
from commissioning_samples import Series

from hil.commissioning.by_hand import Hands
from hil.commissioning.instruments import Instrument, load_instruments
from hil.commissioning.procedure import Manual
from twin.clock import utc_now
from twin.errors import BadInput

TODAY = utc_now().date()
GAUGE = Instrument(id="P-7", kind="gauge", certificate="K-100", expires=TODAY)
OLD = Instrument(id="P-3", kind="gauge", certificate="K-17", expires=TODAY - timedelta(days=1))
READ = {"prompt": "Read the gauge", "value": "bar", "band": ["1 bar", "2 bar"]}


class Scripted:
    """Somebody who gives these answers and remembers the questions."""

    name = "Aino"

    def __init__(self, *answers):
        self.answers, self.questions = list(answers), []

    def ask(self, question, meanwhile=None):
        self.questions.append(question)
        return self.answers.pop(0) if self.answers else None


def came_of(manual, *answers, instruments=(GAUGE, OLD)):
    hands = Hands(Scripted(*answers), {one.id: one for one in instruments})
    found = hands.do(Manual(**manual), Series({}).scope, None)
    return found, hands.operator.questions


@pytest.mark.parametrize("number", ["nan", "inf", "-inf bar", "much"])
def test_what_is_no_number_is_asked_for_again(number):
    found, questions = came_of(READ, number, "1.5 bar")
    assert (found.verdict, len(questions)) == ("pass", 2)
    assert questions[1] == f"{number!r} is not a number [bar]:"


def test_without_anybody_a_step_by_hand_is_left_out():
    found = Hands().do(Manual(prompt="Open the valve"), Series({}).scope, None)
    assert (found.verdict, found.why) == ("skipped", "needs somebody on site")


@pytest.mark.parametrize(
    ("answer", "verdict", "why"),
    [
        ("y", "pass", "done"),
        ("YES", "pass", "done"),
        ("n the valve is stuck", "fail", "not done: the valve is stuck"),
        ("no", "fail", "not done"),
        ("", "skipped", "left out by hand"),
        (None, "skipped", "left out by hand"),
    ],
)
def test_what_was_done_is_said(answer, verdict, why):
    found, (question,) = came_of({"prompt": "Open the valve"}, answer)
    assert (found.verdict, found.why) == (verdict, why)
    assert question.startswith("Open the valve. Done?")


def test_an_unclear_answer_is_asked_again():
    found, questions = came_of({"prompt": "Open the valve"}, "perhaps", "y")
    assert found.verdict == "pass"
    assert questions[1].startswith("'perhaps': y, n WHY")


@pytest.mark.parametrize(
    ("answer", "verdict", "why"),
    [
        ("1.5", "pass", "1.5 bar, in 1 bar to 2 bar"),
        ("1,5 bar", "pass", "1.5 bar, in 1 bar to 2 bar"),
        ("2.01", "fail", "2.01 bar, outside 1 bar to 2 bar"),
        ("", "skipped", "left out by hand"),
    ],
)
def test_a_value_is_read_and_held_against_its_band(answer, verdict, why):
    found, _ = came_of(READ, answer)
    assert (found.verdict, found.why) == (verdict, why)


def test_a_value_without_a_band_is_kept():
    found, _ = came_of({"prompt": "Read the meter", "value": "kW"}, "12")
    assert (found.verdict, found.why) == ("pass", "12 kW")
    assert found.figures == {"value [kW]": 12.0, "by": "Aino"}


def test_what_is_no_number_is_asked_again():
    found, questions = came_of(READ, "lots", "1.2")
    assert found.verdict == "pass"
    assert questions[1] == "'lots' is not a number [bar]:"


def test_an_instrument_is_named_and_its_certificate_holds_to_its_last_day():
    found, questions = came_of({**READ, "instrument": True}, "1.2", "P-77", "P-7")
    assert found.verdict == "pass"
    assert found.figures["instrument"] == "P-7"
    assert questions[2].startswith("unknown 'P-77', did you mean 'P-7'?")


def test_a_certificate_that_has_ended_proves_nothing():
    found, _ = came_of({**READ, "instrument": True}, "1.2", "P-3")
    assert found.verdict == "inconclusive"
    assert found.why == f"the certificate of P-3 ended on {OLD.expires}"


def test_without_an_instrument_a_reading_proves_nothing():
    found, questions = came_of({**READ, "instrument": True}, "1.2", "", instruments=())
    assert (found.verdict, found.why) == ("inconclusive", "no instrument was named")
    assert "none known, give --instruments FILE" in questions[1]


def test_a_switch_that_was_not_thrown_leaves_open_what_follows():
    hands = Hands(Scripted("n locked cabinet"), {})
    found = hands.switch("Switch the power of heat_pump off", None)
    assert found.verdict == "inconclusive"
    assert found.why == "Switch the power of heat_pump off: not done: locked cabinet"


FILE = """\
instruments:
  - {id: T-1, kind: calibrator, serial: 4711, certificate: K-1, expires: 2026-12-31}
"""


def test_instruments_are_read_from_a_file(tmp_path):
    file = tmp_path / "instruments.yaml"
    file.write_text(FILE.replace("4711", "'4711'"))
    (one,) = load_instruments(file).values()
    assert (one.id, one.expires) == ("T-1", date(2026, 12, 31))
    assert one.plain()["expires"] == "2026-12-31"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("certificate: K-1, ", "", "missing key 'certificate'"),
        ("certificate", "certifikate", "did you mean 'certificate'"),
        ("2026-12-31", "soon", "instruments[0].expires = 'soon'"),
        ("T-1", "''", "instruments[0].id"),
        (FILE.splitlines()[1], f"{FILE.splitlines()[1]}\n{FILE.splitlines()[1]}",
         "file.yaml:3 instruments[1].id = 'T-1': is the id of an instrument before it"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_is_said_with_its_place(tmp_path, old, new, said):
    file = tmp_path / "file.yaml"
    file.write_text(
        FILE.replace("4711", "'4711'").replace(
            old.replace("4711", "'4711'"), new.replace("4711", "'4711'")
        )
    )
    with pytest.raises(BadInput) as refused:
        load_instruments(file)
    assert said in str(refused.value)
