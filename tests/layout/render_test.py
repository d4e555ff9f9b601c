#!/usr/bin/python3 -B
"""Mails in a real browser: light and dark as the system is, one column on a phone, and nothing in
one acts or is loaded. The pages are those of expected/, which unit_layout compares with the code's.
Skipped, with this name, where there is no Chromium."""

import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "support"))
import browser  # noqa: E402
import test_script  # noqa: E402

PAGES = sorted((HERE / "expected").glob("*.html"))
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


if __name__ == "__main__":
    if CHROMIUM is None:
        print("integration_mail_rendering: skipped, there is no Chromium (tools/packages.txt)")
        sys.exit(test_script.SKIPPED)
    unittest.main()
