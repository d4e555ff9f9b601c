#!/usr/bin/python3 -B
"""An SMTP server of Debian (python3-aiosmtpd) that keeps what it gets, taken apart by Python's own
parser of mail:

smtp_server.py [--security none|starttls|tls] [--certificate PEM] [--login FILE] [--diary FILE]
               [--reply COMMAND=REPLY[*TIMES]]…

Prints "PORT n". --login names a file with user and password, a line each; then no client sends without
them. --reply answers MAIL, RCPT, DATA (the whole message was sent) with a reply of its own, so many
TIMES or always, then with the command's next one; RCPT:ADDRESS is for one recipient only. The diary
has a line for each message and each login. Ends when its standard input does.
"""

import argparse
import asyncio
import email
import email.policy
import email.utils
import logging
import pathlib
import re
import ssl
import time
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

import serving


def problems_of(raw):
    """What RFC 5322 and RFC 5321 forbid."""
    problems = []
    if b"\r" in raw.replace(b"\r\n", b"") or b"\n" in raw.replace(b"\r\n", b""):
        problems.append("a line break that is not CRLF")
    if b"\0" in raw:
        problems.append("NUL")
    if any(byte > 126 for byte in raw):
        problems.append("8-bit")
    lines = raw.split(b"\r\n")
    if max(map(len, lines)) > 998:
        problems.append("a line longer than 998")
    head = raw.split(b"\r\n\r\n", 1)[0]
    for name in (b"From", b"To", b"Subject", b"Date", b"Message-ID"):
        count = len(re.findall(rb"(?mi)^" + name + rb":", head))
        if count != 1:
            problems.append(f"{name.decode()} is there {count} times")
    for word in re.findall(rb"=\?[^?]*\?[BbQq]\?[^?]*\?=", head):
        if len(word) > 75:
            problems.append("an encoded word longer than 75")
        try:
            email.header.decode_header(word.decode())[0][0].decode("utf-8")
        except UnicodeDecodeError:
            problems.append("an encoded word that cuts a character")
    return problems


def parsed(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts = {}
    defects = [str(defect) for defect in message.defects]
    for part in message.walk():
        defects += [str(defect) for defect in part.defects]
        if not part.is_multipart():
            parts[part.get_content_type()] = part.get_content().replace("\r\n", "\n")
    for value in message.values():
        defects += [str(defect) for defect in getattr(value, "defects", [])]
    return {
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "type": message.get_content_type(),
        "parts": parts,
        "defects": defects,
        "date": email.utils.parsedate_to_datetime(message["Date"]).timestamp(),
    }


class Replies:
    def __init__(self, specifications):
        self.replies = {}
        for specification in specifications:
            command, reply = specification.split("=", 1)
            reply, _, times = reply.partition("*")
            self.replies.setdefault(command, []).append([reply, int(times) if times else -1])

    def take(self, *commands):
        for command in commands:
            for reply in self.replies.get(command, []):
                if reply[1] != 0:
                    reply[1] -= 1
                    return reply[0]
        return None


class Handler:
    def __init__(self, replies, diary):
        self.replies, self.diary = replies, diary

    async def handle_MAIL(self, server, session, envelope, address, options):
        reply = self.replies.take("MAIL")
        if reply:
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = self.replies.take("RCPT:" + address, "RCPT")
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        raw = envelope.original_content
        reply = self.replies.take("DATA") or "250 2.0.0 queued"
        self.diary.write(
            event="message",
            time=time.time(),
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            options=envelope.mail_options,
            encrypted=session.ssl is not None,
            user=getattr(session, "user", None),
            size=len(raw),
            raw=raw.decode("latin-1"),
            problems=problems_of(raw),
            reply=reply,
            **parsed(raw),
        )
        return reply


class Server(SMTP):
    # aiosmtpd knows of a TLS connection only what its own STARTTLS made.
    def connection_made(self, transport):
        super().connection_made(transport)
        if self.session and transport.get_extra_info("ssl_object"):
            self.session.ssl = transport.get_extra_info("ssl_object")


def authenticator_of(login, diary):
    user, password = login.read_text().splitlines()[:2]

    def authenticate(server, session, envelope, mechanism, data):
        good = (data.login, data.password) == (user.encode(), password.encode())
        diary.write(
            event="login",
            mechanism=mechanism,
            good=good,
            encrypted=bool(server.transport.get_extra_info("ssl_object")),
        )
        session.user = data.login.decode("utf-8", "replace")
        return AuthResult(success=good, handled=False)

    return authenticate


async def serve(options):
    diary = serving.Diary(options.diary)
    context = None
    if options.security != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate)
    settings = {"hostname": "test.example", "enable_SMTPUTF8": False, "data_size_limit": 4 << 20}
    if options.security == "starttls":
        settings |= {"tls_context": context, "require_starttls": True}
    if options.login:
        settings |= {
            "authenticator": authenticator_of(options.login, diary),
            "auth_required": True,
            "auth_require_tls": options.security == "starttls",
        }
    handler = Handler(Replies(options.reply), diary)
    server = await asyncio.get_running_loop().create_server(
        lambda: Server(handler, **settings),
        options.host,
        options.port,
        ssl=context if options.security == "tls" else None,
        backlog=128,
    )
    serving.announce(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def main():
    parser = argparse.ArgumentParser()
    serving.common_arguments(parser)
    parser.add_argument("--security", choices=("none", "starttls", "tls"), default="none")
    parser.add_argument("--login", type=pathlib.Path)
    parser.add_argument("--reply", action="append", default=[])
    options = parser.parse_args()
    if options.security != "none" and not options.certificate:
        serving.fail("--security needs --certificate")
    serving.stop_with_parent(options.lifetime)
    # A login without TLS is what a test may want.
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    asyncio.run(serve(options))


if __name__ == "__main__":
    main()
