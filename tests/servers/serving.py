"""What the test servers share: they say their port, keep a diary, and never outlive their test."""

import json
import os
import signal
import sys
import threading


def stop_with_parent(lifetime):
    """Ends the process when standard input ends, or after `lifetime` seconds."""

    def wait_for_end():
        while os.read(0, 4096):
            pass
        os._exit(0)

    signal.alarm(lifetime)
    threading.Thread(target=wait_for_end, daemon=True).start()


def announce(port):
    print(f"PORT {port}", flush=True)


class Diary:
    """One JSON object a line; written before the server answers, so that who got an answer can
    read it."""

    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()

    def write(self, **entry):
        if not self.path:
            return
        line = json.dumps(entry) + "\n"
        with self.lock:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)


def common_arguments(parser):
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--certificate", help="PEM file with certificate and key")
    parser.add_argument("--diary", help="file for one JSON object per request")
    parser.add_argument("--lifetime", type=int, default=120, help="seconds")


def fail(why):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {why}")
