"""Rules that hold on all pages for readers who set their own colours, point with difficulty, or hear the pages."""

from tests.browser.conftest import Visits
from tests.server import Server

PAGES = ("board?item=FERRY-49", "promises", "decisions", "insights", "stakeholders/7", "settings/calendar")

#: Those in sight that are current, but look like their neighbours apart from weight and background.
ALIKE = """() => {
  const looks = (one) => { const style = getComputedStyle(one); return ["borderBlockStart", "borderBlockEnd", "borderInlineStart", "outline"].map((name) => style[name]).join(); };
  return [...document.querySelectorAll("[aria-current]")].filter((one) => one.checkVisibility()).filter((one) => {
    const other = [...one.parentElement.children].find((each) => each.matches(one.tagName) && !each.ariaCurrent && each.checkVisibility());
    return other && looks(one) === looks(other);
  }).map((one) => one.outerHTML.slice(0, 120));
}"""

#: Bars and keys of charts that have lost the colour that they consist of.
EMPTY = """() => [...document.querySelectorAll(".bar:is(progress), .legend, .plot, .times")]
  .filter((one) => getComputedStyle(one).forcedColorAdjust !== "none").map((one) => one.outerHTML.slice(0, 120))"""


def test_with_colours_of_the_reader_s_own_the_current_one_and_the_charts_still_show(
    shared_demo: Server, visit: Visits
) -> None:
    page = visit(shared_demo, "/questions", who="ingrid", forced_colors="active")
    for path in PAGES:
        page.goto(f"/products/FERRY/{path}")
        assert page.evaluate(ALIKE) + page.evaluate(EMPTY) == [], path
