#!/usr/bin/python3 -B
"""Plays Slack's incoming webhooks, and servers that misbehave:

slack_server.py [--certificate PEM] [--diary FILE] ANSWER…

Prints "PORT n". Each request gets the next ANSWER, the last one again and again:

  ok                 200 and "ok"
  429:VALUE          with "Retry-After: VALUE"; 429 alone has none
  STATUS[:BODY]      404:no_service
  302:URL            a redirect
  echo               403, with the request's path and URL as its body
  reset              the connection is reset in the middle of the reply
  close              the connection is closed before the reply
  endless[:STATUS]   a body without end
  endless-header     headers without end
  drip               a byte a second, without end
  hang               nothing
  garbage            bytes that are no HTTP
  wrong-ok           200 and another body

Without a certificate it speaks http. The diary holds a line for each request: time, path, headers,
body, answer. Ends when its standard input does.
"""

import argparse
import http.server
import os
import socket
import ssl
import struct
import threading
import time

import serving

CHUNK = b"x" * 16384


class Answers:
    def __init__(self, answers):
        self.answers = answers
        self.lock = threading.Lock()

    def next(self):
        with self.lock:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        answer = self.server.answers.next()
        self.server.diary.write(
            time=time.time(),
            path=self.path,
            headers=dict(self.headers.items()),
            body=body.decode("utf-8", "surrogateescape"),
            bytes=size,
            answer=answer,
        )
        self.close_connection = True
        word, _, value = answer.partition(":")
        if word.isdigit():
            self.reply(int(word), value)
        else:
            getattr(self, "answer_" + word.replace("-", "_"))(value)

    do_GET = do_POST

    def reply(self, status, body, headers=()):
        if status == 429:
            headers, body = ([("Retry-After", body)] if body else []), "rate_limited"
        if status in (301, 302, 303, 307, 308):
            headers, body = [("Location", body)], ""
        data = body.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def answer_ok(self, _):
        self.reply(200, "ok")

    def answer_wrong_ok(self, _):
        self.reply(200, "<html>Welcome to the hotel's network</html>")

    def answer_echo(self, _):
        self.reply(403, f"you sent {self.path} to https://{self.headers['Host']}{self.path}")

    def answer_close(self, _):
        pass

    def answer_reset(self, _):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        self.wfile.flush()
        # SO_LINGER with 0: close() sends RST.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def answer_endless(self, status):
        self.send_response(int(status or 200))
        self.end_headers()
        while True:
            self.wfile.write(CHUNK)

    def answer_endless_header(self, _):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.wfile.write(b"X-More: " + b"y" * 1000 + b"\r\n")

    def answer_drip(self, _):
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"o")
            time.sleep(1)

    def answer_hang(self, _):
        time.sleep(3600)

    def answer_garbage(self, _):
        self.wfile.write(bytes(range(256)) * 4)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    context = None

    def finish_request(self, request, client_address):
        # In the request's thread, so that a client that does not greet stops no other.
        request.settimeout(30)
        if self.context:
            request = self.context.wrap_socket(request, server_side=True)
        self.RequestHandlerClass(request, client_address, self)
        self.shutdown_request(request)

    def handle_error(self, request, client_address):
        pass  # clients that give up are what these servers are for


def main():
    parser = argparse.ArgumentParser()
    serving.common_arguments(parser)
    parser.add_argument("answers", nargs="+")
    options = parser.parse_args()
    serving.stop_with_parent(options.lifetime)

    server = Server((options.host, options.port), Handler)
    server.answers = Answers(options.answers)
    server.diary = serving.Diary(options.diary)
    if options.certificate:
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(options.certificate)
    serving.announce(server.server_address[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
