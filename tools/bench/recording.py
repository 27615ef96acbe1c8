"""Ready-made writes: what a client sent to a store, byte by byte, recorded by a proxy and sent again as fast as the store takes it."""
import mmap
import socket
import struct
import threading
import time
from pathlib import Path

END = b"*2\r\n$4\r\nECHO\r\n$7\r\nthe-end\r\n"


class Recorder:
    """A TCP proxy on a port of its own that keeps what each connection sends, a file each. Replies are passed on and forgotten."""

    def __init__(self, port, folder):
        self.server_port, self.folder = port, Path(folder)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.files = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.server_port))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.files.append(self.folder / f"connection-{len(self.files)}")
            sent = open(self.files[-1], "wb", buffering=0)
            threading.Thread(target=self.pump, args=(client, server, sent), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, None), daemon=True).start()

    @staticmethod
    def pump(source, sink, kept):
        try:
            while chunk := source.recv(1 << 20):
                if kept is not None:
                    kept.write(chunk)
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        """The files of the connections that wrote more than a greeting."""
        self.listener.close()
        return [file for file in self.files if file.stat().st_size > 100_000]


def messages(file):
    """How many MongoDB messages a file holds: each begins with its length."""
    count, at = 0, 0
    with open(file, "rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as stream:
        while at + 4 <= len(stream):
            at += struct.unpack_from("<i", stream, at)[0]
            count += 1
    return count


def replay(port, files, is_redis):
    """Sends all files at once, a connection each, and reads every answer; seconds. Fails if an answer is a refusal."""
    failures = []

    def send(connection, file):
        with open(file, "rb") as opened:
            connection.sendfile(opened)
        if is_redis:
            connection.sendall(END)

    def run(file, answers):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sender = threading.Thread(target=send, args=(connection, file))
        sender.start()
        read_redis(connection) if is_redis else read_mongodb(connection, answers)
        sender.join()
        connection.close()

    def read_redis(connection):
        tail = b""
        while not tail.endswith(b"the-end\r\n"):
            chunk = connection.recv(1 << 20)
            assert chunk, "Redis closed the connection"
            tail = tail[-16:] + chunk
            if any(bad in tail for bad in (b"-ERR", b"-NOSCRIPT", b"!late", b"!forgotten", b"!owner")):
                failures.append(tail[:200])

    def read_mongodb(connection, left):
        answers = b""
        while left > 0:
            chunk = connection.recv(1 << 20)
            assert chunk, "MongoDB closed the connection"
            answers += chunk
            while len(answers) >= 4 and len(answers) >= (size := struct.unpack_from("<i", answers)[0]):
                if b"writeErrors" in answers[:size]:
                    failures.append(answers[:200])
                answers = answers[size:]
                left -= 1

    threads = [threading.Thread(target=run, args=(file, 0 if is_redis else messages(file))) for file in files]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - begun
    assert not failures, failures[0]
    return seconds
