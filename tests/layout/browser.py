"""Chromium without a window, for pages that are files: what it shows, and what it makes of them.
Used by render_test.py and tools/message_pictures."""

import html
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import zlib

NAMES = ("chromium", "chromium-browser", "google-chrome")
DARK, LIGHT = 0, 1  # blink's mojom::PreferredColorScheme


def find():
    """The browser's path; None where there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def run(browser, page, *options, stream="stdout"):
    """What it prints for a file."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--force-device-scale-factor=1",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                f"--user-data-dir={profile}",
                *options,
                pathlib.Path(page).absolute().as_uri(),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=120,
            env={**os.environ, "HOME": profile},
            check=False,
        )
    if done.returncode != 0:
        raise RuntimeError(f"{browser}: {done.stderr.decode(errors='replace')[-2000:]}")
    return getattr(done, stream).decode(errors="replace")


def picture(browser, page, target, width, height, scheme):
    run(
        browser,
        page,
        f"--window-size={width},{height}",
        f"--blink-settings=preferredColorScheme={scheme}",
        f"--screenshot={pathlib.Path(target).absolute()}",
    )


def console(browser, page):
    """The lines of its console."""
    lines = run(browser, page, "--enable-logging=stderr", "--dump-dom", stream="stderr").splitlines()
    return [line for line in lines if ":CONSOLE" in line]


def ask(browser, page, width, expression):
    """What a script of ours makes of the document `page` in a frame of that width."""
    with tempfile.TemporaryDirectory() as directory:
        wrapper = pathlib.Path(directory) / "wrapper.html"
        source = html.escape(pathlib.Path(page).read_text(encoding="utf-8"))
        wrapper.write_text(
            f"""<!DOCTYPE html><meta charset="utf-8"><body>
<iframe style="width:{width}px;height:600px;border:0" srcdoc="{source}"></iframe><script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument;
  const answer = JSON.stringify({expression});
  document.body.textContent = `ANSWER ${{answer}} END`;
}};</script>""",
            encoding="utf-8",
        )
        found = re.search("<body>ANSWER (.*) END</body>", run(browser, wrapper, "--dump-dom"))
    if not found:
        raise RuntimeError(f"{page}: the browser did not answer")
    return json.loads(html.unescape(found[1]))


def measure(browser, page, width):
    """What a page is in a frame of that width."""
    return ask(
        browser,
        page,
        width,
        """{
    width: page.documentElement.scrollWidth,
    height: page.documentElement.scrollHeight,
    acting: page.querySelectorAll("script,img,link,a,iframe,object,embed,form,input").length,
    handlers: [...page.querySelectorAll("*")].filter(
      e => [...e.attributes].some(a => a.name.startsWith("on"))).length,
    loaded: page.defaultView.performance.getEntriesByType("resource").length,
  }""",
    )


def pixels(path):
    """(width, height, rows) of a PNG of 8 bits RGB or RGBA; a row is a bytes of RGB."""
    data = pathlib.Path(path).read_bytes()
    at, compressed, head = 8, b"", None
    while at < len(data):
        (size,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            head = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            compressed += body
        at += 12 + size
    width, height, depth, color = head[:4]
    if depth != 8 or color not in (2, 6) or head[6] != 0:
        raise RuntimeError(f"{path}: a PNG of another kind")
    step = 3 if color == 2 else 4
    raw, before, rows = zlib.decompress(compressed), bytearray(width * step), []
    for line in range(height):
        start = line * (width * step + 1)
        method, row = raw[start], bytearray(raw[start + 1 : start + 1 + width * step])
        unfilter(method, row, before, step)
        before = row
        rows.append(bytes(row) if step == 3 else bytes(b for i, b in enumerate(row) if i % 4 < 3))
    return width, height, rows


def unfilter(method, row, before, step):
    """PNG specification, 9: filters."""
    for i in range(len(row)):
        left = row[i - step] if i >= step else 0
        up = before[i]
        corner = before[i - step] if i >= step else 0
        if method == 1:
            row[i] = (row[i] + left) & 255
        elif method == 2:
            row[i] = (row[i] + up) & 255
        elif method == 3:
            row[i] = (row[i] + (left + up) // 2) & 255
        elif method == 4:
            guess = left + up - corner
            nearest = min((left, up, corner), key=lambda value: abs(guess - value))
            row[i] = (row[i] + nearest) & 255
