"""The page of `dblog report` in a real browser: what is on it, clicks, keys, links, colours, print,
100,000 events, hostile text, accessibility: report_test.py SESSION_PROGRAM DBLOG AXE_MIN_JS
Skipped, with what is missing, where there is no Chromium with its driver."""

import os
import pathlib
import re
import sqlite3
import sys

from page_browser import PageBrowser, missing
from test_script import SKIPPED, Skipped, check, finish, run_tests, start

PROGRAM, TOOL, AXE = sys.argv[1:4]
VIEWS = ("#events", "#groups", "#releases", "#outbox")
# Were one of these run, or read as HTML, the page would have these elements, this name or a request.
ATTACK = (
    "</script><script>window.attacked = 1</script><img src=x onerror='attacked = 1'>"
    "<!--<script>{{script}}'\"`${attacked = 1}&lt; \u202e\u200b\x1b[31m __proto__"
)
KEPT = {("outbox", "state"), ("crashes", "kind"), ("crashes", "date"), ("error_table", "date")}


class Place:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.database = self.path / "LOGS.db"
        self.page = self.path / "LOGS.html"

    def session(self, *words):
        environment = {"PATH": "/usr/bin:/bin", "DBLOG_DB": str(self.database), "TZ": "UTC"}
        return finish(start([PROGRAM, *words], cwd=self.path, env=environment))

    def crash(self):
        """A real program that really dies, after errors and with a breadcrumb."""
        self.session(
            "install=1.2", "environment=prod", "push=no such order", "warn=slow answer",
            "alert=payment refused", "hardware=measured", "crumb=before the end", "fault",
        )

    def change(self, script):
        connection = sqlite3.connect(self.database)
        try:
            with connection:
                return script(connection)
        finally:
            connection.close()

    def report(self, *arguments):
        child = finish(start(
            [TOOL, "report", "--force", *arguments], cwd=self.path,
            env={"PATH": "/usr/bin:/bin", "TZ": "UTC"}))
        check(child.status == 0, child.output)
        return child.output


class Scene:
    """The browser is started once."""

    browser = None

    def __init__(self, path):
        self.place = Place(path)
        if Scene.browser is None:
            Scene.browser = PageBrowser()
        self.browser = Scene.browser
        self.browser.emulate()
        self.browser.console()

    def show(self, link=""):
        self.browser.open(self.place.page, link)

    def check_quiet(self):
        found = self.browser.console()
        check(found == [], found)
        loaded = self.browser.run("return performance.getEntriesByType('resource').length")
        check(loaded == 0, "the page loaded something", loaded)


def uuid_of(scene):
    return scene.place.change(lambda c: c.execute("SELECT uuid FROM crashes").fetchone()[0])


def test_a_real_crash_is_told(scene):
    scene.place.crash()
    scene.place.report()
    browser, uuid = scene.browser, uuid_of(scene)
    scene.show()
    check("5 of 5 events, 1 of them a crash" == browser.text("#count"), browser.text("#count"))
    check(browser.text("#list tbody tr:first-child td:nth-child(2)") == "crash")
    check(any("payment refused" in text for text in browser.texts("#list a")))
    browser.click("#list tbody tr:first-child a")
    browser.until_text("#detail h2", "session_program died of SIGSEGV")
    check(browser.link() == f"#crash-{uuid}", browser.link())
    detail = browser.text("#detail")
    for part in ("Stack of the thread that crashed", "before the end", "Hardware around the time",
                 "Release\n1.2", "Environment\nprod", "session_program.cpp"):
        check(part in detail, part, detail)
    check("main" in browser.text("#detail table"), detail)
    check(any("nullptr" in text for text in browser.texts("#detail pre b")), "the source line is marked")
    check(len(browser.texts("#detail svg .curve")) >= 3)
    browser.click(".back a")
    browser.until(lambda: browser.text("#events h2") != "" and browser.text("#count").startswith("5 of 5"))
    scene.show(f"#crash-{uuid}")
    check("died of SIGSEGV" in browser.text("#detail h2"))
    scene.show("#crash-of-another-page")
    check("does not hold" in browser.text("#detail h2"))
    scene.check_quiet()


def test_an_event_is_told(scene):
    scene.place.crash()
    scene.place.report()
    browser = scene.browser
    scene.show("#event-error_table%2F1")
    check(browser.text("#detail h2") == "no such order")
    check("Where it was recorded" in browser.text("#detail"))
    check("dblog show error_table/1" in browser.text("#detail dl"))
    scene.check_quiet()


def test_filters_and_search_are_links(scene):
    scene.place.crash()
    scene.place.report()
    browser = scene.browser
    scene.show()
    browser.click("#q")
    browser.keys("PAYMENT ref")
    browser.until_link("#events?q=PAYMENT+ref")
    check(browser.texts("#list a") == ["payment refused"], browser.texts("#list a"))
    browser.click("#filters button")
    browser.until(lambda: browser.link() == "#events")
    check(browser.text("#count").startswith("5 of 5"), browser.text("#count"))
    scene.show("#events?kind=warning&release=1.2")
    check(browser.texts("#list a") == ["slow answer"], browser.texts("#list a"))
    scene.show("#events?kind=warning&release=9")
    check(browser.text("#count").startswith("0 of 5"), browser.text("#count"))
    scene.show("#events?to=2001-01-01T00:00:00")
    check(browser.text("#count").startswith("0 of 5"), browser.text("#count"))
    scene.show("#events?from=2001-01-01T00:00:00")
    check(browser.text("#count").startswith("5 of 5"), browser.text("#count"))
    browser.run("document.querySelector('#timeline .hit').dispatchEvent(new MouseEvent('click'))")
    check(re.match(r"#events\?from=.*&to=", browser.link()), browser.link())
    check(len(browser.texts("#list a")) >= 1)
    scene.check_quiet()


def test_each_change_finds_what_its_link_finds(scene):
    scene.place.crash()
    scene.place.report()
    browser = scene.browser
    changes = (
        "q=p", "q=pay", "q=pay+nothing", "q=such", "q=such&kind=error", "q=such&kind=warning", "kind=warning", "kind=crash", "",
        "from=2001-01-01T00:00:00", "from=2001-01-01T00:00:00&to=2001-01-01T00:00:01", "to=2001-01-01T00:00:01",
        "to=2099-01-01T00:00:00", "from=2099-01-01T00:00:00", "release=1.2", "release=1.2&q=slow", "release=9", "q=s", "q=e+s")
    by_link = []
    for change in changes:
        scene.show(f"#events?{change}")
        by_link.append((browser.text("#count"), browser.texts("#list a")))
    check({len(links) for _, links in by_link} >= {0, 1, 5}, by_link)
    scene.show()
    for change, expected in zip(changes, by_link):
        browser.run("writeFilters(new URLSearchParams(arguments[0])); keepFilters()", change)
        found = (browser.text("#count"), browser.texts("#list a"))
        check(found == expected, change, found, expected)
    scene.check_quiet()


def test_a_time_ends_with_its_second(scene):
    def add(connection):
        connection.executemany(
            "INSERT INTO error_table (msg, date) VALUES (?, ?)",
            ((f"tick {i}", f"2020-01-01 10:00:{i:02}.500000") for i in range(60)))

    scene.place.crash()
    scene.place.change(add)
    scene.place.report()
    browser = scene.browser
    scene.show("#events?from=2020-01-01T10:00:00&to=2020-01-01T10:00:00")
    check(browser.texts("#list a") == ["tick 0"], browser.texts("#list a"))
    browser.run("document.querySelector('#timeline .hit').dispatchEvent(new MouseEvent('click'))")
    check(browser.link() == "#events?from=2020-01-01T10%3A00%3A00&to=2020-01-01T10%3A00%3A00", browser.link())
    check(browser.texts("#list a") == ["tick 0"], browser.texts("#list a"))
    scene.check_quiet()


def test_the_skip_link_keeps_the_page_and_its_filters(scene):
    scene.place.crash()
    scene.place.report()
    browser = scene.browser
    scene.show("#events?kind=warning")
    browser.run("document.querySelector('.skip').click()")
    check(browser.run("return document.activeElement.id") == "view")
    check(browser.link() == "#events?kind=warning", browser.link())
    browser.driver.refresh()
    check(browser.texts("#list a") == ["slow answer"], browser.texts("#list a"))
    scene.show("#view")
    check(browser.text("#count").startswith("5 of 5"), browser.text("#count"))
    scene.check_quiet()


def test_numbers_are_those_of_the_database_and_curves_those_of_the_process(scene):
    def add(connection):
        connection.execute("INSERT INTO crash_fields VALUES (1, 900, 'order', 'integer', 9007199254740993)")
        connection.execute("UPDATE hw_logs SET memory = '104857600'")
        other = connection.execute(
            "INSERT INTO hw_logs (pid, memory, date) SELECT pid + 1, '943718400', date FROM crashes").lastrowid
        connection.execute("INSERT INTO hw_details (hw_log_id, load_1, threads) VALUES (?, 987, 654)", (other,))

    scene.place.crash()
    scene.place.change(add)
    scene.place.report()
    browser = scene.browser
    scene.show(f"#crash-{uuid_of(scene)}")
    check("order\n9007199254740993" in browser.text("#detail"), browser.text("#detail"))
    curves = browser.texts("#detail figcaption")
    check("Memory of the process: 100 MiB" in curves, curves)
    check(not any("654" in curve for curve in curves), curves)
    check(any("Load" in curve and "987" in curve for curve in curves), curves)
    scene.check_quiet()


def test_groups_releases_and_outbox(scene):
    scene.place.crash()
    scene.place.crash()
    scene.place.report()
    browser = scene.browser
    scene.show("#groups")
    row = browser.texts("#groups tbody td")
    check("SIGSEGV" in row[0] and row[1] == "2" and row[5] == "1.2" and row[6] == "open", row)
    check(len(browser.run("return [...document.querySelectorAll('#groups rect')]")) >= 1)
    browser.click("#groups tbody a")
    browser.until_text("#count", "2 of 10")
    browser.click("nav a[data-view=releases]")
    browser.until_text("nav a[aria-current]", "Releases")
    row = browser.texts("#releases tbody td")
    check(row[:3] == ["session_program", "1.2", "prod"] and row[5:] == ["2", "2", "0", "0.00 %"], row)
    browser.click("nav a[data-view=outbox]")
    browser.until_text("nav a[aria-current]", "Outbox")
    check("2 pending" in browser.text("#outbox p"), browser.text("#outbox"))
    check(browser.texts("#outbox tbody td")[6] == "error_table/7", browser.texts("#outbox tbody td"))
    scene.check_quiet()


def attacked_columns(connection):
    count = 0
    tables = [row[0] for row in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
    for table in tables:
        for _, name, *_ in connection.execute(f"SELECT * FROM pragma_table_info('{table}')").fetchall():
            if (table, name) not in KEPT and not name.startswith("source_table"):
                count += connection.execute(
                    f'UPDATE OR IGNORE "{table}" SET "{name}" = "{name}" || ? WHERE typeof("{name}") = ?',
                    (ATTACK, "text")).rowcount
    return count


def test_text_of_an_attacker_is_shown_and_not_run(scene):
    scene.place.crash()
    scene.place.report()  # which gives frames their names
    count = scene.place.change(attacked_columns)
    check(count > 60, count)
    scene.place.report()
    browser = scene.browser
    links = browser_links(scene)
    check(len(links) == 5, links)
    for link in (*VIEWS, *links):
        scene.show(link)
        found = browser.run("return [typeof attacked, document.images.length, document.scripts.length]")
        scripts = 2 + len(re.findall(r'id="details-', scene.place.page.read_text()))
        check(found == ["undefined", 0, scripts], link, found)
    scene.show(links[0])
    text = browser.text("main")
    check("</script><script>window.attacked" in text, text)
    check("\\u{202e}\\u{200b}\\u{1b}[31m" in text and "\u202e" not in text, text)
    scene.check_quiet()


def browser_links(scene):
    scene.show()
    return scene.browser.run(
        "return [...document.querySelectorAll('#list a')].map(a => a.getAttribute('href'))")


def test_a_hundred_thousand_events(scene):
    scene.place.crash()

    def add(connection):
        connection.executemany(
            "INSERT INTO error_table (msg, date) VALUES (?, ?)",
            ((f"request {i} failed", f"2020-01-{1 + i // 5000:02} 12:00:00.{i:06}")
             for i in range(100_000)))

    scene.place.change(add)
    said = scene.place.report("--limit", "100000")
    check("(5 older ones are left out)" in said, said)
    browser = scene.browser
    scene.show()
    check(browser.text("#count") == "100,000 of 100,000 events, 1 of them a crash", browser.text("#count"))
    check("99999 events and 1 crash" in browser.text("#about"), browser.text("#about"))
    rows = "return document.querySelectorAll('#list tr.row').length"
    check(0 < browser.run(rows) < 50, browser.run(rows))
    browser.run("document.querySelector('#scroller').scrollTop = 1e9; showRows()")
    last = browser.run("return document.querySelector('#list tr.row:nth-last-child(1)').getAttribute('aria-rowindex')")
    check(last == "100001", last)
    check(0 < browser.run(rows) < 50, browser.run(rows))
    # A search that goes on looks at what it has found; a count says so on any machine.
    browser.run(
        "const all = search; window.looked = [];"
        "search = (positions, criteria) => { looked.push(positions.length); return all(positions, criteria); }")
    for text in ("request", "request 12345", "request 12345 fail", "request 1234"):
        browser.run("writeFilters(new URLSearchParams({ q: arguments[0] })); keepFilters()", text)
        check(0 < browser.run(rows) < 50, text, browser.run(rows))
    check(browser.run("return looked") == [100_000, 99_999, 1, 100_000], browser.run("return looked"))
    check(browser.run("return document.querySelectorAll('#timeline *').length") < 200)
    scene.show("#events?q=request+77777")
    check(browser.texts("#list a") == ["request 77777 failed"], browser.texts("#list a"))
    browser.click("#list a")
    browser.until_text("#detail h2", "request 77777 failed")
    scene.check_quiet()


def test_the_keyboard_is_enough(scene):
    from selenium.webdriver.common.keys import Keys

    scene.place.crash()
    scene.place.report()
    browser = scene.browser
    scene.show()
    focus = "const e = document.activeElement; return e.id || e.textContent"
    browser.keys("/")
    browser.until(lambda: browser.run(focus) == "q")
    for _ in range(40):
        browser.keys(Keys.TAB)
        if browser.run("return document.activeElement.dataset.at === '0'"):
            break
    browser.keys(Keys.ARROW_DOWN)
    browser.until(lambda: browser.run("return document.activeElement.dataset.at") == "1")
    browser.keys(Keys.ENTER)
    browser.until_link("#event-error_table")
    browser.until(lambda: browser.run("return document.activeElement.tagName") == "H2")
    browser.keys(Keys.ESCAPE)
    browser.until_link("#events")
    browser.until_text("#events h2", "Crashes and errors")
    scene.check_quiet()


def test_light_dark_phone_and_print(scene):
    scene.place.crash()
    scene.place.report()
    browser = scene.browser
    color = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    scene.show()
    check(min(browser.run(color)) > 200, browser.run(color))
    browser.emulate(scheme="dark")
    check(max(browser.run(color)) < 60, browser.run(color))
    for width in (360, 1280):
        browser.emulate(width=width)
        for link in (*VIEWS, f"#crash-{uuid_of(scene)}"):
            scene.show(link)
            wide = browser.run("return document.documentElement.scrollWidth")
            check(wide <= width, link, width, wide)
    browser.emulate(media="print")
    browser.run("dispatchEvent(new Event('beforeprint'))")
    hidden = "return getComputedStyle(document.querySelector('nav')).display"
    check(browser.run(hidden) == "none")
    check(browser.run("return [...document.querySelectorAll('#detail details')].every(d => d.open)"))
    scene.check_quiet()


def test_axe_finds_nothing(scene):
    if not os.path.exists(AXE):
        raise Skipped("there is no axe-core: tools/install_packages runtimes")
    scene.place.crash()
    scene.place.report()
    browser = scene.browser
    axe = pathlib.Path(AXE).read_text(encoding="utf-8")
    for scheme in ("light", "dark"):
        browser.emulate(scheme=scheme)
        for link in (*VIEWS, f"#crash-{uuid_of(scene)}", "#event-error_table%2F1"):
            scene.show(link)
            browser.run(axe)
            result = browser.driver.execute_async_script("axe.run().then(arguments[0])")
            found = [(v["id"], [node["html"] for node in v["nodes"]]) for v in result["violations"]]
            check(found == [], scheme, link, found)
            check(len(result["passes"]) > 20, len(result["passes"]))


if __name__ == "__main__":
    reason = missing()
    if reason is not None:
        print(f"skipped: the page of dblog report: {reason} (tools/packages.txt)")
        sys.exit(SKIPPED)
    try:
        run_tests(globals(), "dblog-report-", Scene, sys.argv[4:])
    finally:
        if Scene.browser is not None:
            Scene.browser.close()
