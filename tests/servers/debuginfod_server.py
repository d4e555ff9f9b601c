#!/usr/bin/python3 -B
"""Plays a debuginfod server, which gives modules and debug files by build id:

debuginfod_server.py [--diary FILE] BUILD_ID/KIND=FILE…

KIND is executable or debuginfo. Prints "PORT n". What it does not have is 404. The diary holds a
line for each request: path, status. Ends when its standard input does.
"""

import argparse
import http.server

import serving


def parse(argument):
    name, _, path = argument.partition("=")
    if not path:
        serving.fail(f"{argument}: is not BUILD_ID/KIND=FILE")
    return "/buildid/" + name, path


def handler(files, diary):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            path = files.get(self.path)
            diary.write(path=self.path, status=200 if path else 404)
            if path is None:
                self.send_error(404)
                return
            with open(path, "rb") as file:
                content = file.read()
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler


def main():
    parser = argparse.ArgumentParser()
    serving.common_arguments(parser)
    parser.add_argument("files", nargs="*", metavar="BUILD_ID/KIND=FILE")
    arguments = parser.parse_args()
    serving.stop_with_parent(arguments.lifetime)
    files = dict(parse(argument) for argument in arguments.files)
    server = http.server.ThreadingHTTPServer(
        (arguments.host, arguments.port), handler(files, serving.Diary(arguments.diary))
    )
    serving.announce(server.server_address[1])
    server.serve_forever()


main()
