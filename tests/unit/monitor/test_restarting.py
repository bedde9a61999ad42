"""How patiently an ended process is started again."""

from hil.monitor.restarting import Lives, ended
from twin.clock import NS_PER_S as S


def test_pauses_double_to_a_minute_and_begin_again_after_a_good_while():
    lives, now, pauses = Lives(), 0, []
    for _ in range(10):
        lives = ended(lives, "gone", S, now)
        pauses.append((lives.next_ns - now) / S)
        now = lives.next_ns + S
    assert pauses == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert (lives.restarts, lives.in_a_row, lives.why) == (10, 10, "gone")
    lives = ended(lives, "again", 3600 * S, now)
    assert (lives.next_ns - now, lives.restarts, lives.in_a_row) == (S // 2, 11, 1)


def test_years_of_ends_do_not_overflow():
    lives = Lives()
    for _ in range(10_000):
        lives = ended(lives, "gone", 0, 0)
    assert lives.next_ns == 60 * S
