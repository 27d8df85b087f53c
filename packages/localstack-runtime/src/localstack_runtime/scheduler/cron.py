"""AWS's cron dialect: `cron(minutes hours day-of-month month day-of-week year)`.

Written here because no maintained parser knows it: days of the week count from 1 = Sunday, `?` stands for "whatever the
other day field says", and `L`, `W` and `#` have their meaning.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MONTHS = {
    "JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6,
    "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10, "NOV": 11, "DEC": 12,
}  # fmt: skip
WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
ANY = ("*", "?")
# Two leap days are eight years apart at most, so an expression without a date within that time has none.
HORIZON = timedelta(days=366 * 9)
FIRST_YEAR, LAST_YEAR = 1970, 2199


class ExpressionError(ValueError):
    """A schedule expression that AWS would refuse."""


@dataclass(frozen=True)
class Cron:
    """A parsed cron expression, without its time zone."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    day_of_month: str
    months: frozenset[int]
    day_of_week: str
    years: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> "Cron":
        """From the text between the parentheses. Raises `ExpressionError`."""
        fields = text.upper().split()
        if len(fields) != 6:
            raise ExpressionError(f"cron takes six fields, not {len(fields)}: {text!r}")
        minutes, hours, day_of_month, month, day_of_week, year = fields
        if (day_of_month == "?") == (day_of_week == "?"):
            raise ExpressionError(f"one of day-of-month and day-of-week must be '?': {text!r}")
        cron = cls(
            tuple(sorted(_numbers(minutes, 0, 59))),
            tuple(sorted(_numbers(hours, 0, 23))),
            day_of_month,
            frozenset(_numbers(month, 1, 12, MONTHS)),
            day_of_week,
            frozenset(_numbers(year, FIRST_YEAR, LAST_YEAR)),
        )
        cron._days(2024, 1)  # refuse an invalid day field now, not when it is due
        return cron

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """The first time later than `moment`; None when there is none.

        A local time that a change of clocks skips is skipped; one that comes twice counts once, the first time.
        """
        local = moment.astimezone(zone)
        for day in self._dates(local.date()):
            for hour in self.hours:
                for minute in self.minutes:
                    candidate = datetime.combine(day, time(hour, minute), zone)
                    if candidate > moment and _exists(candidate):
                        return candidate
        return None

    def _dates(self, first: date) -> Iterator[date]:
        year, month = first.year, first.month
        if self.years and first.year < min(self.years):
            year, month = min(self.years), 1
        end = date(year, month, 1) + HORIZON
        while (start := date(year, month, 1)) <= end and year <= LAST_YEAR:
            if year in self.years and month in self.months:
                yield from (day for number in self._days(year, month) if (day := start.replace(day=number)) >= first)
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)

    def _days(self, year: int, month: int) -> list[int]:
        """The days of a month, in order, that the day fields name."""
        last = calendar.monthrange(year, month)[1]
        if self.day_of_week != "?":
            days = _days_by_weekday(self.day_of_week, year, month, last)
        else:
            days = _days_by_number(self.day_of_month, year, month, last)
        return sorted(days)


def _days_by_number(field: str, year: int, month: int, last: int) -> set[int]:
    days: set[int] = set()
    for part in field.split(","):
        if part == "L":
            days.add(last)
        elif part == "LW":
            days.add(_nearest_weekday(year, month, last, last))
        elif part.startswith("L-") and part[2:].isdigit():
            days |= {last - int(part[2:])} if int(part[2:]) < last else set()
        elif part.endswith("W") and part[:-1].isdigit():
            day = int(part[:-1])
            days |= {_nearest_weekday(year, month, day, last)} if day <= last else set()
        else:
            days |= {day for day in _numbers(part, 1, 31) if day <= last}
    return days


def _days_by_weekday(field: str, year: int, month: int, last: int) -> set[int]:
    days: set[int] = set()
    for part in field.split(","):
        name, sharp, nth = part.partition("#")
        if sharp:
            if nth not in ("1", "2", "3", "4", "5"):
                raise ExpressionError(f"no such week: {part!r}")
            days |= set(_days_of(_weekday(name), year, month, last)[int(nth) - 1 : int(nth)])
        elif part == "L":
            days |= set(_days_of(WEEKDAYS["SAT"], year, month, last))
        elif part.endswith("L"):
            days.add(_days_of(_weekday(part[:-1]), year, month, last)[-1])
        else:
            wanted = _numbers(part, 1, 7, WEEKDAYS)
            days |= {day for weekday in wanted for day in _days_of(weekday, year, month, last)}
    return days


def _weekday(name: str) -> int:
    (weekday,) = _numbers(name, 1, 7, WEEKDAYS)
    return weekday


def _days_of(weekday: int, year: int, month: int, last: int) -> list[int]:
    """The days of a month that are a weekday, 1 being Sunday."""
    first = (weekday - 2 - calendar.weekday(year, month, 1)) % 7 + 1
    return list(range(first, last + 1, 7))


def _nearest_weekday(year: int, month: int, day: int, last: int) -> int:
    """The working day nearest to a day, within its month."""
    weekday = calendar.weekday(year, month, day)
    if weekday == calendar.SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == calendar.SUNDAY:
        return day + 1 if day < last else day - 2
    return day


def _numbers(field: str, low: int, high: int, names: dict[str, int] | None = None) -> set[int]:
    """The numbers of a list of values, ranges and steps."""
    numbers: set[int] = set()
    for part in field.split(","):
        span, slash, step_text = part.partition("/")
        step = _number(step_text, 1, high, {}) if slash else 1
        if span in ANY:
            first, end = low, high
        elif "-" in span:
            first, end = (_number(bound, low, high, names or {}) for bound in span.split("-", 1))
        else:
            first = _number(span, low, high, names or {})
            end = high if slash else first
        if end < first:  # a range that wraps around the week, the year or the day
            numbers |= {(number - low) % (high - low + 1) + low for number in range(first, end + high - low + 2, step)}
        else:
            numbers |= set(range(first, end + 1, step))
    return numbers


def _number(text: str, low: int, high: int, names: dict[str, int]) -> int:
    number = names.get(text)
    if number is None and text.isdigit():
        number = int(text)
    if number is None or not low <= number <= high:
        raise ExpressionError(f"{text!r} is not between {low} and {high}")
    return number


def _exists(moment: datetime) -> bool:
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None) == moment.replace(tzinfo=None)
