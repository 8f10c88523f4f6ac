"""Four processes of nice 10 that take uploads: receive, SHA-256, write, fsync, answer 200. They check nothing.

`receivers.py FOLDER PORT COMMAND…` starts them and becomes COMMAND, so that both are one session: the kernel shares the
cores among sessions first (sched(7), autogroup), and the server that is compared is one session too."""

import hashlib
import os
import re
import socket
import sys

COUNT, PIECE = 4, 256 << 10


def receive(connection, folder):
    file = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
    digest, buffer, left = hashlib.sha256(), bytearray(PIECE), None
    while left is None or left > 0:
        piece = memoryview(buffer)[: connection.recv_into(buffer)]
        if not piece:
            break
        if left is None:
            # The senders of the benchmark send the head, with its length, at once.
            end = bytes(piece).index(b"\r\n\r\n") + 4
            left = int(re.search(rb"Content-Length: (\d+)", piece[:end])[1])
            piece = piece[end:]
        left -= len(piece)
        digest.update(piece)
        os.write(file, piece)
    os.fsync(file)
    os.close(file)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def main(folder, port, *command):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(port)))
    listener.listen(COUNT)
    for _ in range(COUNT):
        if os.fork() == 0:
            os.nice(10)
            while True:
                connection, _ = listener.accept()
                with connection:
                    receive(connection, folder)
    os.execvp(command[0], command)


main(*sys.argv[1:])
