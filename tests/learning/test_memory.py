"""What a supplier's memory expects, and how sure the calibration makes of it."""

import json
from datetime import date, timedelta

import pytest

from invoices.learning import (
    Booked,
    Books,
    Calibration,
    Entry,
    Expected,
    Line,
    Memory,
    Outcome,
    Target,
    calibrated,
    curve,
    error,
    fit,
    plain,
    recommended,
    replay,
    walk,
)

OFFICE, CAR, INVENTORY = Target("4400", "2"), Target("4430", "2"), Target("0150", "2")
START = date(2026, 1, 5)


class Ledger:
    """Bookings of one supplier, a week apart."""

    def __init__(self) -> None:
        self.memory, self.books, self.day = Memory(), Books(), START

    def book(self, text: str, target: Target, *, amount: float = 100.0, sure: bool = False) -> None:
        line = self.line(text, amount)
        booked = Booked(line, target, sure=sure)
        self.memory.learn(booked, self.books.priors(line))
        self.books.learn(booked)
        self.day += timedelta(days=7)

    def line(self, text: str, amount: float = 100.0) -> Line:
        return Line(self.day, text, amount, "input 21")

    def expect(self, text: str, amount: float = 100.0) -> Expected:
        line = self.line(text, amount)
        return self.memory.expect(line, self.books.priors(line))

    def confidence(self, text: str, amount: float = 100.0) -> float:
        return Calibration().confidence(self.expect(text, amount).facts)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Abonnement maart 2026", "Abonnement april 2026"),
        ("Huur Q1 2026", "Huur Q3 2026"),
        ("Crème brûlée", "creme BRULEE"),
    ],
)
def test_what_changes_every_time_makes_no_other_text(one: str, other: str) -> None:
    assert plain(one) == plain(other)


def test_a_text_is_booked_as_it_was_though_the_last_booking_was_another(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.book("Papier", OFFICE)
        ledger.book("Diesel", CAR)
    assert ledger.expect("Papier").target == OFFICE
    assert ledger.expect("Diesel").target == CAR


def test_amounts_part_what_texts_do_not(ledger: Ledger) -> None:
    for amount in (80, 900, 120, 1100, 60, 1500, 90, 800):
        ledger.book("Artikel", INVENTORY if amount > 450 else OFFICE, amount=amount)
    assert ledger.expect("Artikel", 70).target == OFFICE
    assert ledger.expect("Artikel", 1200).target == INVENTORY


def test_one_exception_is_a_slip_and_two_are_a_change(ledger: Ledger) -> None:
    for _ in range(8):
        ledger.book("Papier", OFFICE)
    ledger.book("Papier", CAR)
    assert ledger.expect("Papier").target == OFFICE
    ledger.book("Papier", CAR)
    assert ledger.expect("Papier").target == CAR


def test_after_a_persons_correction_the_old_way_is_not_sure_any_more(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.book("Papier", OFFICE)
    assert ledger.confidence("Papier") > 0.9
    ledger.book("Papier", CAR, sure=True)
    assert ledger.confidence("Papier") < 0.6


def test_what_a_person_chose_outweighs_what_only_stands_in_the_ledger() -> None:
    """A ledger has slips; a correction in the portal is none."""
    said = []
    for sure in (False, True):
        ledger = Ledger()
        for _ in range(3):
            ledger.book("Papier", OFFICE)
        ledger.book("Papier", CAR, sure=sure)
        line = ledger.line("Papier")
        spread = ledger.memory.spread("account", line, "", ledger.books.priors(line)["account"])
        said.append(spread["4430"])
    assert said[1] > 1.5 * said[0]


def test_what_may_not_be_used_any_more_is_named_and_not_expected(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.book("Papier", OFFICE)
        ledger.book("Diesel", CAR)
    line = ledger.line("Papier")
    found = ledger.memory.expect(
        line, ledger.books.priors(line), lambda slot, value: not (slot == "account" and value == "4400")
    )
    assert found.target.account == "4430"
    assert found.refused["account"] == "4400"


def test_confidence_grows_with_bookings_and_is_low_without(ledger: Ledger) -> None:
    said = []
    for _ in range(8):
        said.append(ledger.confidence("Papier"))
        ledger.book("Papier", OFFICE)
    assert said[0] < 0.5
    assert said[-1] > 0.9
    assert said[2:] == sorted(said[2:])


def test_that_another_text_turned_is_known_until_this_one_is_booked_again(ledger: Ledger) -> None:
    for _ in range(6):
        ledger.book("Papier", OFFICE)
        ledger.book("Pennen", OFFICE)
    assert ledger.expect("Papier").facts.turned == 0
    ledger.book("Pennen", CAR)
    assert ledger.expect("Papier").facts.turned == 1.0
    assert ledger.expect("Pennen").facts.turned == 0
    ledger.book("Papier", OFFICE)
    assert ledger.expect("Papier").facts.turned == 0


def test_an_amount_far_outside_what_was_booked_is_less_sure(ledger: Ledger) -> None:
    for amount in (90, 100, 110, 95, 105):
        ledger.book("Papier", OFFICE, amount=amount)
    assert ledger.confidence("Papier", 9_000) < ledger.confidence("Papier", 100)


def test_something_unheard_of_is_not_sure_at_the_most_regular_supplier(ledger: Ledger) -> None:
    for _ in range(40):
        ledger.book("Papier", OFFICE)
    known = Calibration(n=500)
    assert known.confidence(ledger.expect("Papier").facts) > 0.95
    assert known.confidence(ledger.expect("Tweedehands heftruck", 18_500).facts) <= 0.90


@pytest.mark.parametrize(
    ("text", "amount", "unseen"),
    [
        ("Papier", 900, True),  # the same again, and more of it
        ("Papier", 1_100, False),
        ("Pennen", 290, True),
        ("Pennen", 440, True),  # no investment, whatever it is
        ("Pennen", 460, False),
    ],
)
def test_three_bookings_alike_are_consent_within_what_a_bookkeeper_would_not_look_up_for(
    ledger: Ledger, text: str, amount: float, unseen: bool
) -> None:
    for _ in range(3):
        ledger.book("Papier", OFFICE)
    assert (ledger.confidence(text, amount) >= 0.95) is unseen


def test_three_bookings_of_long_ago_are_no_consent(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.book("Papier", OFFICE)
    ledger.day += timedelta(days=500)
    assert ledger.confidence("Pennen") <= 0.90


def test_an_amount_outside_what_was_booked_at_that_place_is_known(ledger: Ledger) -> None:
    for amount in (80, 900, 120, 1100, 60, 1500, 90, 800):
        ledger.book("Artikel", INVENTORY if amount > 450 else OFFICE, amount=amount)
    assert ledger.expect("Artikel", 70).facts.outside == 0
    assert ledger.expect("Artikel", 300).facts.outside > 0
    assert ledger.expect("Artikel", 300).facts.beyond == 0


def test_a_memory_that_was_kept_expects_the_same(ledger: Ledger) -> None:
    for n in range(12):
        ledger.book(("Papier", "Diesel", "Toner")[n % 3], (OFFICE, CAR, OFFICE)[n % 3], amount=50 * n + 1)
    kept = Memory.from_json(json.loads(json.dumps(ledger.memory.to_json())))
    for text in ("Papier", "Diesel", "Toner zwart", "Iets nieuws"):
        line = ledger.line(text)
        here, there = (m.expect(line, ledger.books.priors(line)) for m in (ledger.memory, kept))
        assert here.target == there.target
        assert Calibration().confidence(here.facts) == pytest.approx(
            Calibration().confidence(there.facts), abs=1e-3
        )


# --- Calibration and thresholds --------------------------------------------------------------------------


def _facts(ledger: Ledger) -> Expected:
    for _ in range(5):
        ledger.book("Papier", OFFICE)
    return ledger.expect("Papier")


def test_a_client_that_is_wrong_more_often_gets_lower_confidence(ledger: Ledger) -> None:
    facts = _facts(ledger).facts
    general = Calibration(n=200).confidence(facts)
    careless = fit([Outcome(facts, n % 5 != 0) for n in range(200)])
    assert careless.confidence(facts) == pytest.approx(0.8, abs=0.04)
    assert careless.confidence(facts) < general


def test_a_few_outcomes_hardly_move_a_calibration(ledger: Ledger) -> None:
    facts = _facts(ledger).facts
    one = fit([Outcome(facts, False)])
    assert one.confidence(facts) > fit([Outcome(facts, False)] * 30).confidence(facts) + 0.3


def test_outcomes_that_nobody_can_judge_count_for_nothing(ledger: Ledger) -> None:
    facts = _facts(ledger).facts
    assert fit([Outcome(facts, False, weight=0.0)] * 50) == Calibration()


def test_the_calibration_error_is_how_far_word_and_deed_are_apart() -> None:
    assert error([(0.9, n < 9) for n in range(10)]) == pytest.approx(0)
    assert error([(0.9, n < 5) for n in range(10)]) == pytest.approx(0.4)


def test_the_recommended_threshold_is_the_lowest_that_is_right_enough() -> None:
    judged = [(0.995, True, 1.0)] * 800 + [(0.96, n % 4 != 0, 1.0) for n in range(100)]
    threshold = recommended(judged)
    assert threshold is not None and threshold > 0.96
    taken = next(point for point in curve(judged) if point.threshold == threshold)
    assert taken.precision == 1.0
    assert taken.coverage == pytest.approx(800 / 900)


def test_a_client_whose_lines_are_never_right_enough_gets_no_threshold() -> None:
    assert recommended([(0.97, n % 5 != 0, 1.0) for n in range(500)]) is None


def test_little_history_of_its_own_leaves_the_threshold_to_clients_in_general() -> None:
    few = recommended([(0.97, True, 1.0)] * 60)
    many = recommended([(0.97, True, 1.0)] * 1500)
    assert few is not None and many is not None and many < few


def test_slips_that_were_found_out_say_that_others_were_not() -> None:
    """Ten contradictions in a ledger without slips count for more than ten in a ledger with many."""
    said = [(0.99, n % 90 != 0, 1.0) for n in range(900)]
    clean = recommended([*said, *[(0.99, True, 1.0)] * 40])
    sloppy = recommended([*said, *[(0.99, False, 0.0)] * 40])
    assert clean is None or (sloppy is not None and sloppy <= clean)


# --- Replay ----------------------------------------------------------------------------------------------


def _entries(*targets: Target, counts: bool = True) -> list[Entry]:
    return [
        Entry(
            "S",
            (Booked(Line(START + timedelta(days=7 * n), "Papier", 100.0, "input 21"), target, str(n)),),
            counts,
        )
        for n, target in enumerate(targets)
    ]


def test_every_line_is_foretold_from_what_came_before_it() -> None:
    run = replay(_entries(OFFICE, OFFICE, CAR))
    assert [one.earlier for one in run.foretold] == [0, 1, 2]
    assert [one.right for one in run.foretold] == [False, True, False]


def test_a_slip_of_the_ledger_is_not_held_against_the_proposal() -> None:
    run = replay(_entries(*[OFFICE] * 6, CAR, *[OFFICE] * 6))
    assert [one.weight for one in run.foretold] == [1.0] * 6 + [0.0] + [1.0] * 6


def test_a_change_of_policy_is_no_slip() -> None:
    run = replay(_entries(*[OFFICE] * 6, *[CAR] * 8))
    wrong = [one for one in run.foretold[1:] if not one.right]
    assert wrong and all(one.weight == 1.0 for one in wrong)


def test_what_nobody_looked_at_is_learnt_but_proves_nothing() -> None:
    run = replay(_entries(OFFICE, OFFICE, OFFICE, counts=False))
    assert run.foretold == []
    assert run.memories["S"].n == 3


def test_a_month_is_judged_by_the_months_before_it_alone() -> None:
    """Otherwise a back-test would praise itself for what it was fitted on."""
    run = replay(_entries(*[OFFICE] * 20))
    walk(run.foretold)
    first = [one for one in run.foretold if one.booked.line.day.month == 1]
    assert all(one.confidence == Calibration().confidence(one.expected.facts) for one in first)
    last = run.foretold[-1]
    assert last.confidence != calibrated(run.foretold).confidence(last.expected.facts)
