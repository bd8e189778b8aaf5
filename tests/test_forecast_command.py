"""`kanban forecast FILE`: a forecast in plain words, and one line about what is wrong with the list."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from kanban import cli

TODAY = date(2026, 6, 1)


@dataclass(frozen=True)
class Run:
    """The exit status and output of a command."""

    status: int
    out: str
    err: str


Forecast = Callable[..., Run]


@pytest.fixture
def forecast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Forecast:
    """Run it on a file with this text, with the first of June as today; it must not create a database."""
    monkeypatch.setenv("KANBAN_DATA_DIR", str(tmp_path / "none"))

    def run(text: str, *arguments: str, today: str = TODAY.isoformat()) -> Run:
        file = tmp_path / "finishes.csv"
        file.write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["kanban", "forecast", str(file), "--today", today, *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = capsys.readouterr()
        assert not (tmp_path / "none").exists()
        return Run(int(end.value.code or 0), said.out, said.err)

    return run


def daily(first: int = -200, last: int = -1, count: int = 1) -> str:
    return "".join(f"{TODAY + timedelta(days=number)},{count}\n" for number in range(first, last + 1))


def test_a_column_of_dates_and_daily_counts_say_the_same(forecast: Forecast) -> None:
    dates = "".join(f"{TODAY - timedelta(days=number)}\n" * 2 for number in range(200, 0, -1))
    one, other = forecast(dates, "--items", "20"), forecast("date,count\n" + daily(count=2), "--items", "20")
    assert one.status == other.status == 0
    assert one.out == other.out


def test_bare_counts_are_those_of_the_days_before_today(forecast: Forecast) -> None:
    counts = [number * 7 % 4 for number in range(200)]
    dated = "".join(f"{TODAY - timedelta(days=200 - at)},{count}\n" for at, count in enumerate(counts))
    for heading in ("", "count\n"):
        said = forecast(heading + "".join(f"{count}\n" for count in counts), "--items", "20")
        assert said.status == 0
        told, _, rest = said.out.partition("\n")
        assert told == "One count a day: 200 lines, the last of them for Sunday 31 May 2026."
        assert rest == forecast(dated, "--items", "20").out


def test_it_tells_dates_sample_and_backtest(forecast: Forecast) -> None:
    said = forecast(daily(-900), "--items", "20").out
    assert "Learnt from 13 weeks, Monday 2 March 2026 to Sunday 31 May 2026: 91 finished on 91 days, 7 a week." in said
    assert "When the next 20 are done, counted from tomorrow:" in said
    assert [line.split()[0:2] for line in said.splitlines() if " %  by " in line] == [
        ["50", "%"], ["85", "%"], ["95", "%"]]  # fmt: skip
    assert "(2026-06-21)" in said
    assert "2,000 possible futures with seed 0" in said
    assert "  85 %  dates held " in said


def test_a_short_past_is_too_early_to_judge(forecast: Forecast) -> None:
    assert "too early to judge" in forecast(daily(-150), "--items", "20").out


def test_how_many_by_a_day(forecast: Forecast) -> None:
    said = forecast(daily(-900), "--by", "2026-06-11", "--items", "3").out
    assert "How many are done by Thursday 11 June 2026 (2026-06-11):" in said
    assert "  50 %  at least 10" in said
    assert "  3 by then: more than 95 %" in said


def test_the_same_seed_says_the_same_and_another_one_may_not(forecast: Forecast) -> None:
    text = "".join(f"{TODAY - timedelta(days=number)},{number * 7 % 5 % 3}\n" for number in range(200, 0, -1))
    first, again, other = (forecast(text, "--items", "60", "--seed", seed).out for seed in ("1", "1", "2"))
    assert first == again
    assert first.replace("seed 1", "seed 2") != other


def test_closures_move_the_dates(forecast: Forecast, tmp_path: Path) -> None:
    days = tmp_path / "closed.txt"
    days.write_text("2026-06-02..2026-06-11\n2026-12-24\n")
    told = forecast(daily(-900), "--items", "20", "--closures", "2026-06-02..2026-06-11, 2026-12-24").out
    assert "(2026-07-01)" in told
    assert forecast(daily(-900), "--items", "20", "--closures", str(days)).out == told


def test_zeros_after_the_last_finish_are_not_forgotten(forecast: Forecast) -> None:
    said = forecast(daily(-200, -40), "--items", "5")
    assert said.status == 0
    assert "Stalled: nothing has been finished for 39 days." in said.out
    assert " %  by " not in said.out


def test_too_little_history_says_what_is_missing(forecast: Forecast) -> None:
    few = "".join(f"{TODAY - timedelta(days=number)}\n" for number in (56, 3, 2))
    assert "Not enough history: 3 of 5 days with a finish." in forecast(few, "--items", "5").out
    assert "Not enough history: 1 of 4 complete weeks." in forecast(daily(-8), "--items", "5").out
    assert "Not enough history: 0 of 4 complete weeks." in forecast(daily(0, 0), "--items", "5").out


def test_an_early_estimate_gives_two_dates_in_whole_weeks(forecast: Forecast) -> None:
    early = "".join(f"{TODAY - timedelta(days=number)}\n" for number in (56, 50, 40, 30, 20, 10, 3))
    said = forecast(early, "--items", "5").out
    assert "An early estimate, in whole weeks: only 7 days with a finish." in said
    dates = [date.fromisoformat(line[-11:-1]) for line in said.splitlines() if " %  by " in line]
    assert len(dates) == 2
    assert all((each - TODAY).days % 7 == 0 for each in dates)


def test_what_came_after_today_is_left_out_and_told(forecast: Forecast) -> None:
    whole = forecast(daily(-200, 50), "--items", "5").out
    assert whole.splitlines()[0] == "Left out: 50 finished after Monday 1 June 2026."
    assert whole.splitlines()[1:] == forecast(daily(-200, 0), "--items", "5").out.splitlines()


def test_other_ways_to_write_a_date_are_read_when_they_are_clear(forecast: Forecast) -> None:
    days = [TODAY - timedelta(days=number) for number in range(60, 0, -1)]
    iso = forecast("".join(f"{each};1\n" for each in days), "--items", "5").out
    assert forecast("Finished;Items\n" + "".join(f"{each:%d/%m/%Y};1\n" for each in days), "--items", "5").out == iso


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "finishes.csv contains no dates."),
        ("date,count\n", "finishes.csv contains no dates."),
        ("2026-05-01\n2026-02-30\n", "finishes.csv, line 2: “2026-02-30” isn’t a day or a time that exists."),
        ("2026-05-01,three\n", "finishes.csv, line 1: “three” isn’t a number of items from 0 to 100,000."),
        ("2026-05-01,-1\n", "finishes.csv, line 1: “-1” isn’t a number of items from 0 to 100,000."),
        ("2026-05-01,1,x\n", "finishes.csv, line 1: expected a date, or a date and a number of items."),
        ("1\n-2\n", "finishes.csv, line 2: “-2” isn’t a number of items from 0 to 100,000."),
        ("3\n2026-05-01\n", "finishes.csv, line 2: “2026-05-01” isn’t a number of items from 0 to 100,000."),
        ("3\n2026-05-01,1\n", "finishes.csv, line 2: expected only a number of items, as in the lines above."),
        ("0\n" * 30_000, "finishes.csv holds more days than there have been since 1970-01-01."),
        ("03/04/2026\n", "finishes.csv: “03/04/2026” could mean either of two days; write it like 2026-02-28."),
        ("13/04/2026\n04/13/2026\n", "finishes.csv: some dates have the day first and some the month."),
    ],
)
def test_a_line_that_cannot_be_used_is_named_in_one_line(forecast: Forecast, text: str, sentence: str) -> None:
    said = forecast(text, "--items", "5")
    assert (said.status, said.out, said.err) == (1, "", sentence + "\n")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ((), "Ask for --items N, for --by DATE, or for both."),
        (("--items", "0"), "0 is not in the range"),
        (("--items", "many"), "'many' is not a valid integer range"),
        (("--by", "2026-06-01"), "2026-06-01 isn’t in the future"),
        (("--by", "2032-01-01"), "more than five years after"),
        (("--by", "soon"), "--by: “soon” isn’t a date that can be read."),
        (("--items", "5", "--closures", "2026-07-09..2026-07-01"), "ends before it begins"),
        (("--items", "5", "--closures", "1990-01-01..2020-01-01"), "at most 4,000 days"),
        (("--items", "5", "--weeks", "12"), "12 is not in the range"),
        (("--items", "5", "--loud"), "No such option"),
    ],
)
def test_a_wrong_option_is_named_in_one_line(forecast: Forecast, arguments: tuple[str, ...], part: str) -> None:
    said = forecast(daily(), *arguments)
    assert said.status in (1, 2)
    assert said.out == ""
    assert part in said.err
    assert said.err.count("\n") == 1


def test_a_file_that_is_not_there_or_not_text_is_named(
    forecast: Forecast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff")
    for name, part in (("none.csv", "can’t be read: No such file"), ("picture.png", "isn’t text in UTF-8")):
        monkeypatch.setattr(sys, "argv", ["kanban", "forecast", str(tmp_path / name), "--items", "3"])
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = capsys.readouterr().err
        assert end.value.code == 1
        assert part in said
        assert said.count("\n") == 1
