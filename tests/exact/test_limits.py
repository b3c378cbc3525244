"""The budget: our own count, corrected by Exact's headers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from connections.exact.limits import (
    DAY_LIMIT,
    ERROR_LIMIT,
    MINUTE_LIMIT,
    SLACK,
    Budget,
    ErrorBudget,
    day_ends,
    minute_ends,
)

NOW = datetime(2026, 3, 2, 8, 18, 25, tzinfo=UTC)
MINUTE_END = datetime(2026, 3, 2, 8, 19, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def ms(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def headers(minute: int | None = None, day: int | None = None, **more: str) -> dict[str, str]:
    shown = dict(more)
    if minute is not None:
        shown |= {
            "X-RateLimit-Minutely-Limit": "60",
            "X-RateLimit-Minutely-Remaining": str(minute),
            "X-RateLimit-Minutely-Reset": ms(MINUTE_END),
        }
    if day is not None:
        shown |= {
            "X-RateLimit-Limit": "5000",
            "X-RateLimit-Remaining": str(day),
            "X-RateLimit-Reset": ms(MIDNIGHT),
        }
    return shown


def test_a_fresh_budget_allows_sixty_calls_until_the_clock_minute_ends():
    budget = Budget()
    for _ in range(MINUTE_LIMIT):
        assert budget.may_call(NOW)
        budget = budget.spend(NOW)
    assert not budget.may_call(NOW)
    assert budget.sleep_until(NOW) == MINUTE_END + SLACK
    assert budget.empty(NOW) == "minute"
    assert budget.may_call(MINUTE_END)
    assert budget.day.remaining == DAY_LIMIT - MINUTE_LIMIT


def test_an_accelerated_minute_is_as_long_as_the_setting_says():
    assert minute_ends(NOW, 2) == datetime(2026, 3, 2, 8, 18, 26, tzinfo=UTC)
    budget = Budget(minute_seconds=2)
    for _ in range(MINUTE_LIMIT):
        budget = budget.spend(NOW)
    assert budget.sleep_until(NOW) == NOW + SECOND + SLACK


def test_the_day_ends_at_midnight_utc_wherever_we_are():
    summer = datetime(2026, 7, 1, 1, 30, tzinfo=UTC).astimezone()
    assert day_ends(summer) == datetime(2026, 7, 2, tzinfo=UTC)


def test_headers_correct_our_count():
    budget = Budget().spend(NOW).learn(headers(minute=12, day=345), NOW)
    assert (budget.minute.remaining, budget.minute.resets_at) == (12, MINUTE_END)
    assert (budget.day.remaining, budget.day.resets_at) == (345, MIDNIGHT)


def test_our_count_stands_where_exacts_counter_lags_behind_it():
    budget = Budget()
    for _ in range(20):
        budget = budget.spend(NOW)
    assert budget.learn(headers(minute=49, day=4990), NOW).minute.remaining == 40


def test_a_429_with_only_the_minutely_family_leaves_the_day_as_counted():
    budget = Budget().learn(headers(minute=30, day=400), NOW)
    after = budget.spend(NOW).learn(headers(minute=0), NOW, refused=True)
    assert after.day.remaining == 399
    assert after.sleep_until(NOW) == MINUTE_END + SLACK


def test_a_429_with_only_the_daily_family_leaves_the_minute_as_counted():
    after = Budget().learn(headers(day=0), NOW, refused=True)
    assert after.minute.remaining == MINUTE_LIMIT
    assert after.empty(NOW) == "day"
    assert after.sleep_until(NOW) == MIDNIGHT + SLACK


def test_a_429_empties_its_family_even_when_its_counter_shows_some_left():
    after = Budget().learn(headers(minute=49), NOW, refused=True)
    assert not after.may_call(NOW)


def test_a_429_that_shows_nothing_stops_us_for_the_minute():
    after = Budget().learn({}, NOW, refused=True)
    assert (after.empty(NOW), after.day.remaining) == ("minute", DAY_LIMIT)


def test_a_429_that_shows_a_reset_but_no_window_still_stops_us_for_the_minute():
    after = Budget().learn({"X-RateLimit-Minutely-Reset": ms(MINUTE_END)}, NOW, refused=True)
    assert after.sleep_until(NOW) == MINUTE_END + SLACK


def test_a_reset_in_seconds_is_told_from_one_in_milliseconds():
    shown = headers(minute=5) | {"X-RateLimit-Minutely-Reset": str(int(MINUTE_END.timestamp()))}
    assert Budget().learn(shown, NOW).minute.resets_at == MINUTE_END


def test_an_answer_without_headers_changes_nothing():
    budget = Budget().learn(headers(minute=7, day=8), NOW)
    assert budget.learn({}, NOW) == budget
    assert budget.learn({"X-RateLimit-Remaining": "many"}, NOW) == budget


def test_a_call_without_a_division_counts_for_the_minute_and_not_for_the_day():
    budget = Budget().spend(NOW, divisionless=True)
    assert (budget.minute.remaining, budget.day.remaining) == (MINUTE_LIMIT - 1, DAY_LIMIT)


def test_with_the_day_used_up_a_call_without_a_division_may_still_be_made():
    budget = Budget().learn(headers(day=0), NOW)
    assert budget.empty(NOW) == "day"
    assert budget.empty(NOW, divisionless=True) is None


def test_a_clock_that_is_surely_ahead_of_exacts_waits_the_difference_longer():
    theirs = NOW - timedelta(seconds=30)
    shown = headers(minute=0, Date=format_datetime(theirs, usegmt=True))
    shown["X-RateLimit-Minutely-Reset"] = ms(minute_ends(theirs))
    budget = Budget().learn(shown, NOW)
    assert minute_ends(theirs) < NOW
    assert budget.minute.resets_at == minute_ends(theirs) + timedelta(seconds=30)


def test_with_a_clock_behind_exacts_no_window_is_waited_for_longer_than_it_lasts():
    early = NOW - timedelta(hours=3)
    budget = Budget().learn(headers(minute=0, day=0), early)
    assert budget.minute.resets_at == early + timedelta(seconds=60)
    assert budget.day.resets_at == MIDNIGHT


def test_a_date_within_two_seconds_says_nothing_about_the_clocks():
    theirs = format_datetime(NOW - timedelta(seconds=1), usegmt=True)
    assert Budget().learn(headers(minute=0, Date=theirs), NOW).minute.resets_at == MINUTE_END


def test_a_larger_limit_in_the_headers_is_kept_for_the_next_window():
    shown = headers(minute=100, day=1) | {"X-RateLimit-Minutely-Limit": "300"}
    later = Budget().learn(shown, NOW).at(MINUTE_END)
    assert (later.minute.limit, later.minute.remaining) == (300, 300)


def test_a_budget_can_be_stored_and_read_again():
    budget = Budget(minute_seconds=2).spend(NOW)
    assert Budget.from_json(budget.to_json(), minute_seconds=2) == budget
    assert Budget.from_json({}, minute_seconds=2) == Budget(minute_seconds=2)


# --- Errors ---------------------------------------------------------------------------------------------------


def test_the_sixth_error_of_an_endpoint_in_an_hour_is_not_risked():
    errors = ErrorBudget()
    for minute in range(ERROR_LIMIT):
        assert errors.may_call("Accounts", NOW)
        errors = errors.after("Accounts", NOW + timedelta(minutes=minute))
    later = NOW + timedelta(minutes=10)
    assert not errors.may_call("Accounts", later)
    assert errors.may_call("Journals", later)
    assert errors.opens_at("Accounts", later) == NOW + timedelta(hours=1)
    assert errors.may_call("Accounts", NOW + timedelta(hours=1))


def test_the_errors_can_be_stored_and_read_again():
    errors = ErrorBudget().after("Accounts", NOW)
    assert ErrorBudget.from_json(errors.to_json()) == errors
    assert ErrorBudget.from_json({}) == ErrorBudget()


def test_errors_older_than_an_hour_are_forgotten():
    errors = ErrorBudget().after("Accounts", NOW).after("Accounts", NOW + timedelta(hours=2))
    assert errors.to_json() == {"Accounts": [(NOW + timedelta(hours=2)).isoformat()]}
