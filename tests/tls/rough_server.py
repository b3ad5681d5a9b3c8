#!/usr/bin/env python3
"""rough_server.py CERTIFICATE KEY UPSTREAM-PORT - TLS servers that do not keep the rules, on loopback.

Prints "NAME PORT" for each, one a line, then serves until it is ended. Each connection is dealt with
in turn; a client never has to wait for more than one of its own.

    cut-after-answer   answers, then ends the connection without close_notify
    cut-before-answer  shakes hands, then ends the connection
    cut-in-record      forwards to UPSTREAM-PORT, but not the last 10 bytes of what it answers
    cut-in-handshake   forwards 100 bytes of what UPSTREAM-PORT answers
    tampered           forwards, with the last byte but 40 changed
    closing            ends the connection at once
    garbage            answers with something that is not TLS
    alert              answers with the fatal alert internal_error
    closing-politely   answers with close_notify
"""
import socket
import ssl
import sys
import threading

certificate, key, upstream_port = sys.argv[1], sys.argv[2], int(sys.argv[3])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
answer = b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 1000


def end(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def shake_hands_and_cut(connection, with_answer):
    tls = context.wrap_socket(connection, server_side=True)
    tls.recv(4096)
    if with_answer:
        tls.send(answer)
    socket.socket.shutdown(tls, socket.SHUT_RDWR)


def forward(connection, change):
    """Forwards both ways; change is made to what the server sends after the handshake."""
    upstream = socket.create_connection(("127.0.0.1", upstream_port))
    received = bytearray()

    def answer_back():
        while True:
            data = upstream.recv(65536)
            if not data:
                break
            received.extend(data)
            if change == "cut-in-handshake":
                connection.sendall(bytes(received[:100]))
                break
            if is_handshake(data):
                connection.sendall(data)
        if change == "cut-in-record":
            connection.sendall(last_flight()[:-10])
        elif change == "tampered":
            flight = bytearray(last_flight())
            flight[-40] ^= 1
            connection.sendall(bytes(flight))
        end(connection)

    def is_handshake(data):
        if data[0] != 23 and not flights:
            return True
        flights.append(data)
        return False

    def last_flight():
        return b"".join(flights)

    flights = []
    thread = threading.Thread(target=answer_back)
    thread.start()
    try:
        while True:
            data = connection.recv(65536)
            if not data:
                break
            upstream.sendall(data)
    except OSError:
        pass
    end(upstream)
    thread.join()
    upstream.close()


def serve(name, listener):
    while True:
        connection, _ = listener.accept()
        connection.settimeout(300)
        try:
            if name == "cut-after-answer":
                shake_hands_and_cut(connection, True)
            elif name == "cut-before-answer":
                shake_hands_and_cut(connection, False)
            elif name == "garbage":
                connection.recv(4096)
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            elif name == "alert":
                connection.recv(4096)
                connection.sendall(bytes([21, 3, 3, 0, 2, 2, 80]))
            elif name == "closing-politely":
                connection.recv(4096)
                connection.sendall(bytes([21, 3, 3, 0, 2, 1, 0]))
            elif name != "closing":
                forward(connection, name)
        except (OSError, ssl.SSLError):
            pass
        connection.close()


names = ["cut-after-answer", "cut-before-answer", "cut-in-record", "cut-in-handshake", "tampered", "closing",
         "garbage", "alert", "closing-politely"]
for name in names:
    listener = socket.create_server(("127.0.0.1", 0))
    print(name, listener.getsockname()[1], flush=True)
    threading.Thread(target=serve, args=(name, listener), daemon=True).start()
print("ready", 0, flush=True)
threading.Event().wait()
