"""A message as Slack gets it, drawn as a page in Slack's look: of Block Kit, what dblog sends and
nothing else. An element, a key or a mark that is not known here is an error, and so is what Slack
would refuse. Used by render_test.py and tools/message_pictures.

Limits: Slack's reference, https://docs.slack.dev/reference/block-kit (blocks, text object).
Marks and escapes: https://docs.slack.dev/messaging/formatting-message-text"""

import html
import re

MAX_BLOCKS, MAX_FIELDS, MAX_CONTEXT = 50, 10, 10
MAX_HEADER, MAX_TEXT, MAX_FIELD = 150, 3000, 2000

STYLE = """
body { margin: 0; background: #fff; color: #1d1c1d; font: 15px/1.46668 Lato, Arial, sans-serif;
  color-scheme: light }
main { display: flex; gap: 8px; max-width: 680px; padding: 16px 20px }
.avatar { flex: none; width: 36px; height: 36px; border-radius: 8px; background: #4a154b; color: #fff;
  font-weight: 900; font-size: 20px; line-height: 36px; text-align: center }
.message { flex: 1; min-width: 0 }
.sender { font-weight: 900 }
.app { margin-left: 4px; padding: 1px 3px; border-radius: 2px; background: #e8e8e8; color: #616061;
  font-size: 10px; font-weight: 700; vertical-align: 2px }
.message > div { margin: 4px 0 8px; white-space: pre-wrap; overflow-wrap: anywhere }
.message > .header { font-size: 18px; line-height: 1.33334; font-weight: 900; margin: 8px 0 }
.message > .fields { display: grid; grid-template-columns: 1fr 1fr; gap: 4px 16px }
.message > .context { color: #616061; font-size: 13px }
b { font-weight: 900 }
code, pre { font: 12px/1.50001 Monaco, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  border: 1px solid #ddd; border-radius: 4px; background: #f8f8f8 }
code { padding: 2px 3px 1px; color: #e01e5a }
pre { margin: 4px 0; padding: 8px; white-space: pre-wrap }
"""


def values(element, *keys):
    """Of these keys, which are all that it has."""
    if set(element) != set(keys):
        raise ValueError(f"keys {sorted(element)}, and {sorted(keys)} are known")
    return [element[key] for key in keys]


def within(what, size, limit):
    if not 1 <= size <= limit:
        raise ValueError(f"{what}: {size}, and Slack takes 1 to {limit}")


def shown(text):
    """What Slack shows of an escaped text, as HTML. It reads <…> as a link or a mention."""
    wrong = re.search("[<>]|&(?!(amp|lt|gt);)", text)
    if wrong:
        raise ValueError(f"not escaped: {text[wrong.start():][:40]!r}")
    return html.escape(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def formatted(text):
    """Bold, `code` and ```blocks of code```; nothing in code is a mark."""
    block = re.match(r"(.*?)\n?```\n?(.*?)\n?```\n?(.*)", text, re.DOTALL)
    if block:
        before, code, after = block.groups()
        return f"{formatted(before)}<pre>{shown(code)}</pre>{formatted(after)}"
    code = re.match("([^`]*)`([^`\n]+)`(.*)", text, re.DOTALL)
    if code:
        before, inner, after = code.groups()
        return f"{formatted(before)}<code>{shown(inner)}</code>{formatted(after)}"
    bold = re.compile(r"(?<!\w)\*([^*\n]+)\*(?!\w)")
    unknown = re.search(r"[*_~`]|^&gt;|:\S+:", bold.sub(r"\1", text), re.MULTILINE)
    if unknown:
        raise ValueError(f"a mark that is not known: {unknown[0]!r} in {text!r}")
    return bold.sub(r"<b>\1</b>", shown(text))


def text_of(element, limit, kinds=("plain_text", "mrkdwn")):
    if element["type"] not in kinds:
        raise ValueError(f"text of the type {element['type']}")
    is_plain = element["type"] == "plain_text"
    # Slack makes emoji of :names: and links of addresses where these are not as here.
    _, text, switch = values(element, "type", "text", "emoji" if is_plain else "verbatim")
    if switch is is_plain:
        raise ValueError(f"emoji or links are made of {text!r}")
    # In UTF-16, which is never less than what Slack counts.
    within(element["type"], len(text.encode("utf-16-le")) // 2, limit)
    return shown(text) if is_plain else formatted(text)


def block_page(block):
    kind = block["type"]
    if kind == "header":
        content = text_of(values(block, "type", "text")[1], MAX_HEADER, ("plain_text",))
    elif kind == "section" and "text" in block:
        content = text_of(values(block, "type", "text")[1], MAX_TEXT)
    elif kind == "section":
        kind, fields = "fields", values(block, "type", "fields")[1]
        within("fields", len(fields), MAX_FIELDS)
        content = "".join(f"<span>{text_of(field, MAX_FIELD)}</span>" for field in fields)
    elif kind == "context":
        elements = values(block, "type", "elements")[1]
        within("elements", len(elements), MAX_CONTEXT)
        content = " ".join(f"<span>{text_of(element, MAX_TEXT)}</span>" for element in elements)
    else:
        raise ValueError(f"a block of the type {kind}")
    return f'<div class="{kind}">{content}</div>\n'


def page(message):
    name, text, links, media, blocks = values(
        message, "username", "text", "unfurl_links", "unfurl_media", "blocks"
    )
    if not text or links is not False or media is not False:
        raise ValueError("no text for notifications, or Slack adds previews of addresses")
    within("blocks", len(blocks), MAX_BLOCKS)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Slack</title><style>{STYLE}</style></head>
<body><main><span class="avatar">{html.escape(name[0])}</span><div class="message">
<span class="sender">{html.escape(name)}</span><span class="app">APP</span>
{"".join(map(block_page, blocks))}</div></main></body></html>
"""
