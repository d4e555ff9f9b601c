#!/usr/bin/python3 -B
"""SMTP servers that misbehave, as scripts of replies:

smtp_faults.py [--diary FILE] FAULT

Prints "PORT n". The diary holds each line that a client sent. FAULT is one of

  silent            accepts, and says nothing
  garbage           bytes that are no SMTP
  endless-reply     a reply of lines without end
  endless-line      a line without end
  drip              a byte of the greeting every second
  closed            closes after the greeting
  greeting-554      takes no mail
  no-ehlo           knows neither EHLO nor HELO
  no-starttls       offers no STARTTLS, but login
  starttls-454      offers STARTTLS and then has none
  starttls-injected says more in plain text behind its leave to begin TLS, as one between would
  no-login          offers no AUTH
  needs-login       answers MAIL with 530
  login-echo        refuses the login and repeats what it was sent, as it is and decoded
  lost-after-data   closes when the message has arrived, without an answer
  reset-in-data     resets the connection in the middle of the message
  lost-after-550    refuses the second recipient, then closes at DATA
  no-goodbye        takes the message, and does not answer QUIT
  rude-goodbye      takes the message, and resets at once

Ends when its standard input does.
"""

import argparse
import base64
import socket
import socketserver
import struct
import threading
import time

import serving


def decoded(text):
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace").replace("\0", " ")
    except ValueError:
        return ""


class Conversation(socketserver.StreamRequestHandler):
    timeout = 30

    def say(self, *lines):
        for line in lines:
            self.wfile.write(line.encode() + b"\r\n")
        self.wfile.flush()

    def hear(self):
        line = self.rfile.readline(65536)
        if not line:
            raise ConnectionError
        text = line.decode("latin-1").rstrip("\r\n")
        self.server.diary.write(line=text)
        return text

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        raise ConnectionError

    def handle(self):
        try:
            getattr(self, "play_" + self.server.fault.replace("-", "_"), self.play)()
        except OSError:
            pass

    def play_silent(self):
        time.sleep(3600)

    def play_garbage(self):
        self.wfile.write(bytes(range(256)) * 64 + b"\n")
        self.hear()

    def play_endless_reply(self):
        while True:
            self.say("220-" + "x" * 500)

    def play_endless_line(self):
        while True:
            self.wfile.write(b"2" * 16384)

    def play_drip(self):
        for byte in b"220 " + b"x" * 3600:
            self.wfile.write(bytes([byte]))
            time.sleep(1)

    def play_closed(self):
        self.say("220 test.example")

    def play_greeting_554(self):
        self.say("554 5.3.2 no mail today")
        self.hear()

    def play_no_ehlo(self):
        self.say("220 test.example")
        while True:
            self.hear()
            self.say("502 5.5.1 not implemented")

    def play(self):
        self.say("220 test.example")
        fault, recipients = self.server.fault, 0
        while True:
            line = self.hear()
            command = line.upper().split(" ")[0].split(":")[0]
            if command == "EHLO":
                self.say(*self.offers())
            elif command == "STARTTLS":
                self.starttls()
            elif command == "AUTH":
                self.login(line)
            elif command == "MAIL" and fault == "needs-login":
                self.say("530 5.7.0 Authentication required")
            elif command == "RCPT" and fault == "lost-after-550" and recipients:
                self.say("550 5.1.1 no such user")
            elif command == "DATA":
                self.data()
            elif command == "QUIT":
                if fault == "no-goodbye":
                    time.sleep(3600)
                self.say("221 bye")
                return
            else:
                recipients += command == "RCPT"
                self.say("250 OK")

    def starttls(self):
        if self.server.fault == "starttls-injected":
            # In one piece, so that a client may have it all before TLS begins.
            more = "250-test.example\r\n250-AUTH PLAIN\r\n250 HELP\r\n" + "250 OK\r\n" * 5
            self.wfile.write(("220 2.0.0 go on\r\n" + more).encode())
        else:
            self.say("454 4.7.0 TLS is not here now")

    def offers(self):
        offers = ["250-test.example"]
        if self.server.fault.startswith("starttls-"):
            offers.append("250-STARTTLS")
        if self.server.fault in ("no-starttls", "login-echo"):
            offers.append("250-AUTH PLAIN")
        return offers + ["250 HELP"]

    def login(self, line):
        words = line.split(" ")
        if len(words) < 3:
            self.say("334 ")
        blob = words[2] if len(words) > 2 else self.hear()
        self.say(f"535-5.7.8 you said {blob}", f"535 5.7.8 that is {decoded(blob)}")

    def data(self):
        fault = self.server.fault
        if fault == "lost-after-550":
            raise ConnectionError
        self.say("354 go on")
        if fault == "reset-in-data":
            self.hear()
            self.reset()
        while self.hear() != ".":
            pass
        if fault == "lost-after-data":
            raise ConnectionError
        self.say("250 2.0.0 queued")
        if fault == "rude-goodbye":
            self.reset()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def main():
    parser = argparse.ArgumentParser()
    serving.common_arguments(parser)
    parser.add_argument("fault")
    options = parser.parse_args()
    serving.stop_with_parent(options.lifetime)
    server = Server((options.host, options.port), Conversation)
    server.fault = options.fault
    server.diary = serving.Diary(options.diary)
    serving.announce(server.server_address[1])
    threading.Thread(target=server.serve_forever).start()


if __name__ == "__main__":
    main()
