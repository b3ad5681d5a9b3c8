"""server.py - a server that does what a case tells it, well-behaved or not."""
import socket
import struct
import threading
import time

from harness import SILENT_S


class Request:
    def __init__(self, text):
        lines = text.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ")
        self.path = self.target[1:]
        self.headers = {}
        for line in lines[1:]:
            if ":" in line:
                name, value = line.split(":", 1)
                self.headers[name.lower()] = value.strip()


class Server:
    """Calls handle(connection, request) for each request; a true result keeps the connection.

    A connection is ended with FIN, after what the client still says has been read, so that nothing
    sent is lost; reset() ends it with RST.
    """

    def __init__(self, handle, host="127.0.0.1", port=0):
        self.handle = handle
        self.requests, self.connections = [], 0
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((host, port))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.accepting = threading.Thread(target=self.accept, daemon=True)
        self.accepting.start()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while self.serve_one(connection):
                pass
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(60)
            while connection.recv(65536):
                pass
        except OSError:
            pass
        connection.close()

    def serve_one(self, connection):
        text = b""
        while b"\r\n\r\n" not in text:
            more = connection.recv(65536)
            if not more:
                return False
            text += more
        request = Request(text)
        self.requests.append(request)
        return self.handle(connection, request)

    def close(self):
        stop_accepting(self.socket, self.accepting)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def stop_accepting(listener, thread):
    """Ends the thread that accepts, and then closes: of a socket that is closed alone the thread would go on to
    wait, and a process that is stopped and continued waits then at whatever socket has its number by now."""
    try:
        listener.shutdown(socket.SHUT_RDWR)
    except OSError:  # it was closed by its case
        pass
    thread.join()
    listener.close()


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def respond(connection, status, body=b"", **headers):
    """A whole response with its length; a header's name has _ for -."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    return True


def drip(connection, pieces, delay_s, limit_s=SILENT_S):
    """Sends one piece after the other, with a pause after each, as long as somebody listens. The limit is one
    that no client may wait for."""
    end = time.monotonic() + limit_s
    for piece in pieces:
        if time.monotonic() > end:
            return False
        connection.sendall(piece)
        if delay_s:
            time.sleep(delay_s)
    return True


def full_listener(host, port=0):
    """A listening socket whose queue, of one, is full: who connects hears nothing. Keep what it returns."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(0)
    kept = [listener]
    for _ in range(8):
        filler = socket.socket(family)
        filler.setblocking(False)
        filler.connect_ex((host, listener.getsockname()[1]))
        kept.append(filler)
    while not waiting_at(listener):
        time.sleep(0.001)
    return kept


def waiting_at(listener):
    """How many connections wait to be accepted: of a socket that listens, the field tcpi_unacked."""
    return struct.unpack_from("I", listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 24)[0]
