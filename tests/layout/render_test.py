#!/usr/bin/python3 -B
"""Messages in a real browser. Mails: light and dark as the system is, one column on a phone, and
nothing in one acts or is loaded. What Slack gets, as slack_page.py draws it: all of the text is there,
names beside values, code as code, and nothing acts. The messages are those of expected/, which
unit_layout compares with the code's. Skipped, with this name, where there is no Chromium."""

import contextlib
import copy
import functools
import html
import json
import pathlib
import re
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "support"))
import browser  # noqa: E402
import slack_page  # noqa: E402
import test_script  # noqa: E402

PAGES = sorted((HERE / "expected").glob("*.html"))
PAYLOADS = sorted((HERE / "expected").glob("*.json"))
CHROMIUM = browser.find()
PHONE, DESK = 360, 800


def brightness(color):
    return sum(color) / len(color)


class Rendering(unittest.TestCase):
    def picture(self, page, width, scheme):
        with tempfile.TemporaryDirectory() as directory:
            target = pathlib.Path(directory) / "page.png"
            browser.picture(CHROMIUM, page, target, width, 700, scheme)
            return browser.pixels(target)

    def test_pages_are_there(self):
        self.assertGreaterEqual(len(PAGES), 5)

    def test_a_page_is_light_or_dark_as_the_system_is(self):
        for scheme, is_right in ((browser.LIGHT, lambda b: b > 200), (browser.DARK, lambda b: b < 60)):
            width, _, rows = self.picture(HERE / "expected" / "crash.html", DESK, scheme)
            self.assertEqual(width, DESK)
            for row, column in ((300, 20), (40, 700), (300, 700)):  # the page, the card
                self.assertTrue(is_right(brightness(rows[row][3 * column : 3 * column + 3])))
            # The heading's letters stand out from the card.
            heading = [brightness(rows[57][3 * x : 3 * x + 3]) for x in range(105, 400)]
            self.assertGreater(max(heading) - min(heading), 150)

    def test_a_page_fits_a_phone_and_a_desk(self):
        for page in PAGES:
            for width in (PHONE, DESK):
                with self.subTest(page=page.name, width=width):
                    self.assertLessEqual(browser.measure(CHROMIUM, page, width)["width"], width)

    def test_lines_are_not_wider_than_640_on_a_desk(self):
        _, _, rows = self.picture(HERE / "expected" / "crash.html", 1400, browser.LIGHT)
        for row in rows[::10]:
            for column in (300, 1100):
                self.assertEqual(row[3 * column : 3 * column + 3], rows[0][:3])

    def test_nothing_acts_and_nothing_is_loaded(self):
        for page in PAGES:
            with self.subTest(page=page.name):
                found = browser.measure(CHROMIUM, page, DESK)
                self.assertEqual(
                    (found["acting"], found["handlers"], found["loaded"]), (0, 0, 0)
                )
                self.assertGreater(found["height"], 300)


@contextlib.contextmanager
def file_of(page):
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "page.html"
        path.write_text(page, encoding="utf-8")
        yield path


# Texts and places as the browser has them; a font is monospace if its i is as wide as its W.
SEEN = """{
    text: page.body.innerText,
    fields: [...page.querySelectorAll(".fields > span")].map(e => {
      const {left, right, top} = e.getBoundingClientRect();
      return {text: e.innerText, isBold: e.querySelector("b") !== null, left, right, top};
    }),
    code: [...page.querySelectorAll("pre, code")].map(e => {
      const canvas = document.createElement("canvas").getContext("2d");
      canvas.font = getComputedStyle(e).font;
      const [narrow, wide] = ["iii", "WWW"].map(text => canvas.measureText(text).width);
      const title = e.previousElementSibling;
      return {text: e.innerText, title: title && title.innerText, isMonospace: narrow === wide};
    }),
  }"""


def payload(*blocks):
    return {
        "username": "Shop",
        "text": "Shop",
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": list(blocks),
    }


def plain(text):
    return {"type": "plain_text", "text": text, "emoji": False}


def formatted(text):
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def header(text):
    return {"type": "header", "text": plain(text)}


def section(text):
    return {"type": "section", "text": text}


def fields(*texts):
    return {"type": "section", "fields": list(texts)}


def slack_file_of(path):
    return file_of(slack_page.page(json.loads(path.read_text(encoding="utf-8"))))


@functools.cache
def seen_of(path):
    with slack_file_of(path) as file:
        return browser.ask(CHROMIUM, file, DESK, SEEN)


def lines_of(path):
    text = path.with_suffix(".txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line]


class Slack(unittest.TestCase):
    def each_payload(self, check):
        self.assertGreaterEqual(len(PAYLOADS), 5)
        for path in PAYLOADS:
            with self.subTest(message=path.name):
                check(path)

    def test_a_page_has_all_of_the_message_as_it_is(self):
        self.each_payload(self.check_texts)

    def check_texts(self, path):
        seen = seen_of(path)
        # Of backticks in a row in code, Slack gets all but the first as U+02CB.
        text = seen["text"].replace("ˋ", "`")
        facts = set()
        for code in seen["code"]:
            lines = code["text"].replace("ˋ", "`").splitlines()
            facts.update((code["title"], line) for line in lines)
        for name, value in zip(seen["fields"][::2], seen["fields"][1::2]):
            self.assertTrue(name["isBold"])
            self.assertFalse(value["isBold"])
            self.assertEqual(name["top"], value["top"])  # beside it
            self.assertLess(name["right"], value["left"])
            facts.add((name["text"], value["text"]))
        for line in lines_of(path):
            fact = re.fullmatch(r"(\w[^:]*): +(.*)", line)
            is_shown = (fact and fact.groups() in facts) or line.rstrip(".:") in text
            self.assertTrue(is_shown, (line, text))
        blocks = json.loads(path.read_text(encoding="utf-8"))["blocks"]
        for part in (blocks[0]["text"], blocks[-1]["elements"][0]):  # the header, the context
            self.assertIn(html.unescape(part["text"]), text)

    def test_code_is_monospace_and_stacks_and_commands_are_code(self):
        self.each_payload(self.check_code)

    def check_code(self, path):
        code = seen_of(path)["code"]
        self.assertTrue(all(one["isMonospace"] for one in code))
        shown = "\n".join(one["text"].replace("ˋ", "`") for one in code).splitlines()
        for line in lines_of(path):
            if line.startswith(("#", "More: ")):
                self.assertIn(line.removeprefix("More: ").strip(), shown)

    def test_nothing_acts_and_the_console_is_silent(self):
        self.each_payload(self.check_that_nothing_acts)
        with file_of("<script>nonsense()</script>") as file:
            self.assertEqual(len(browser.console(CHROMIUM, file)), 1)

    def check_that_nothing_acts(self, path):
        with slack_file_of(path) as file:
            found = browser.measure(CHROMIUM, file, DESK)
            self.assertEqual((found["acting"], found["handlers"], found["loaded"]), (0, 0, 0))
            self.assertLessEqual(found["width"], DESK)
            self.assertEqual(browser.console(CHROMIUM, file), [])

    def test_marks_are_shown_as_slack_documents_them(self):
        text = "*bold* and `1 &lt; *2*`\n```\na &amp;lt; *b*\n```\n3 &gt; 2"
        with file_of(slack_page.page(payload(section(formatted(text))))) as file:
            seen = browser.ask(
                CHROMIUM,
                file,
                DESK,
                '["b", "code", "pre", ".section"].map('
                "name => [...page.querySelectorAll(name)].map(e => e.innerText))",
            )
        self.assertEqual(seen[:3], [["bold"], ["1 < *2*"], ["a &lt; *b*"]])
        self.assertEqual(seen[3], ["bold and 1 < *2*\na &lt; *b*\n3 > 2"])

    def test_what_is_not_known_is_an_error(self):
        good = payload(header("a"), section(plain("b")), fields(formatted("*c*"), plain("d")))
        slack_page.page(good)
        for change in (
            lambda m: m.update(icon_emoji=":x:"),
            lambda m: m.update(unfurl_links=True),
            lambda m: m["blocks"].append({"type": "divider"}),
            lambda m: m["blocks"][0].update(block_id="x"),
            lambda m: m["blocks"][0].update(text=formatted("a")),
            lambda m: m["blocks"][1].update(accessory={}),
            lambda m: m["blocks"][1]["text"].update(type="markdown"),
            lambda m: m["blocks"][1]["text"].update(emoji=True),
            lambda m: m["blocks"][2]["fields"][0].update(verbatim=False),
            *(
                lambda m, text=text: m["blocks"][1].update(text=formatted(text))
                for text in ("_x_", "~x~", "*x", "2*3*4", "`x", ":x:", "&gt; x", "<!here>", "`<@U1>`", "&nbsp;")
            ),
            *(
                lambda m, text=text: m["blocks"][1].update(text=plain(text))
                for text in ("<http://example.org>", "a > b", "a & b")
            ),
        ):
            message = copy.deepcopy(good)
            change(message)
            with self.subTest(message=message), self.assertRaises(ValueError):
                slack_page.page(message)

    def test_what_slack_would_refuse_is_an_error(self):
        fact = plain("x")
        for most, too_much in (
            ([header("x" * 150)], [header("x" * 151)]),
            ([header("\U0001f600" * 75)], [header("\U0001f600" * 76)]),
            ([section(plain("x" * 3000))], [section(plain("x" * 3001))]),
            ([section(formatted("x" * 2996 + " *x*"))], [section(formatted("x" * 2997 + " *x*"))]),
            ([fields(*[fact] * 10)], [fields(*[fact] * 11)]),
            ([fields(plain("x" * 2000))], [fields(plain("x" * 2001))]),
            ([header("x")] * 50, [header("x")] * 51),
            ([section(plain("x"))], [section(plain(""))]),
            ([fields(fact)], [fields()]),
        ):
            slack_page.page(payload(*most))
            with self.assertRaises(ValueError):
                slack_page.page(payload(*too_much))


if __name__ == "__main__":
    if CHROMIUM is None:
        print("integration_message_rendering: skipped, there is no Chromium (tools/packages.txt)")
        sys.exit(test_script.SKIPPED)
    unittest.main()
