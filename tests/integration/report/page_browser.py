"""Chromium without a window, driven over WebDriver: a page from disk, what is on it, clicks, keys,
what its console says. Used by report_test.py."""

import pathlib
import shutil
import tempfile
import time

BROWSER = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")


def missing():
    """What the machine does not have; None if all is there."""
    if BROWSER is None or DRIVER is None:
        return "there is no Chromium with its driver"
    try:
        import selenium.webdriver  # noqa: F401
    except ImportError:
        return "there is no python3-selenium"
    return None


class PageBrowser:
    def __init__(self):
        from selenium import webdriver
        from selenium.webdriver.chrome.options import Options
        from selenium.webdriver.chrome.service import Service

        self.profile = tempfile.TemporaryDirectory()
        options = Options()
        options.binary_location = BROWSER
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={self.profile.name}",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        self.driver.set_script_timeout(120)
        self.driver.set_page_load_timeout(120)

    def close(self):
        self.driver.quit()
        self.profile.cleanup()

    def open(self, page, link=""):
        self.driver.get("about:blank")
        self.driver.get(pathlib.Path(page).absolute().as_uri() + link)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def until(self, question, *details):
        """Waits for what a click or a key brings about: the page does it when it gets to it."""
        give_up_at = time.monotonic() + 60
        while not question():
            if time.monotonic() > give_up_at:
                raise AssertionError("\n".join(map(str, (*details, self.link(), self.text("main")))))
            time.sleep(0.02)

    def until_text(self, selector, text):
        """Until such an element is there and has `text` in it."""
        self.until(lambda: any(text in found for found in self.texts(selector)), selector, text)

    def until_link(self, beginning):
        self.until(lambda: self.link().startswith(beginning), beginning)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0]).innerText", selector)

    def texts(self, selector):
        return self.run(
            "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)", selector
        )

    def click(self, selector):
        self.driver.find_element("css selector", selector).click()

    def keys(self, *keys):
        """To what has the focus."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def link(self):
        return self.run("return location.hash")

    def console(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def emulate(self, width=1280, height=900, scheme="light", media="screen"):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"media": media, "features": [{"name": "prefers-color-scheme", "value": scheme}]},
        )

    def picture(self, target):
        pathlib.Path(target).write_bytes(self.driver.get_screenshot_as_png())
