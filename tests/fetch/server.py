"""Spotify, MusicBrainz and the Cover Art Archive on loopback, with faults. The first part of a path is the host that the
request is for. Used by test_covers_fetch.py; `python3 server.py` serves until it is stopped, and prints the address."""
import base64
import collections
import email.utils
import http.server
import json
import ssl
import struct
import threading
import time
import urllib.parse
import zlib


def png(seed, edge=40):
    """A valid PNG of one colour that the seed determines, with a corner of another one."""
    colour = bytes((seed * 37 % 256, seed * 101 % 256, seed * 199 % 256))
    rows = b"".join(b"\0" + (bytes(3) if y < 2 else colour) + colour * (edge - 1) for y in range(edge))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def bomb():
    """A PNG of 60,000 x 60,000 pixels in a few bytes."""
    data = png(1)
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    return data[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + data[33:]


class World:
    """What the server knows, does wrong, and has seen."""

    def __init__(self):
        self.lock = threading.Lock()
        self.images = {}      # path of an image: seed
        self.albums = {}      # Spotify id: None (unknown), [] (no images) or the path of the image
        self.faults = {}      # path: list of faults, used one after the other; the last one stays
        self.secrets = {}     # client id: secret
        self.uses = {}        # client id: look-ups until it is limited
        self.limit = "1"      # Retry-After, or "date"
        self.token_uses = 0   # after so many look-ups a token has expired; 0: never
        self.development = False  # only single albums
        self.answers = []     # bodies that replace the next answers of the albums end point
        self.releases = {}    # title: releases in the answer to its search
        self.delay = 0        # seconds before each image
        self.at_once = self.most_at_once = 0  # images that are being sent
        self.requested = collections.Counter()  # path: times
        self.served = collections.Counter()     # path of an image: complete answers
        self.looked_up = collections.Counter()  # Spotify id: times in a look-up that was answered
        self.limited = {}     # client id: until when
        self.used = collections.Counter()       # token: look-ups
        self.clients = collections.Counter()    # client id: look-ups
        self.violations = []
        self.searches = []    # their times
        self.tokens = {}
        self.agents = set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", kind="application/json", headers=()):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def violation(self, text):
        with self.world.lock:
            self.world.violations.append(text)

    # ---- Spotify ----

    def do_POST(self):
        world = self.world
        form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        client, _, secret = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode().partition(":")
        if self.path != "/accounts.spotify.com/api/token" or form != "grant_type=client_credentials":
            self.violation(f"POST {self.path} {form}")
        if world.secrets.get(client) != secret:
            return self.answer(400, {"error": "invalid_client"})
        with world.lock:
            token = f"token-{client}-{len(world.tokens)}"
            world.tokens[token] = client
        self.answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def albums(self, ids, single):
        world = self.world
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        client = world.tokens.get(token)
        now = time.time()
        if len(ids) > 20 or len(set(ids)) != len(ids):
            self.violation(f"{len(ids)} ids in one request")
        with world.lock:
            if client is None or 0 < world.token_uses <= world.used[token]:
                return self.answer(401, {"error": {"status": 401, "message": "The access token expired"}})
            if now < world.limited.get(client, 0):
                world.violations.append(f"{client} was used while it is limited")
            world.clients[client] += 1
            world.used[token] += 1
            if world.uses.get(client, 1 << 30) <= 0 and world.limit == "0":
                return self.answer(429, {"error": {"status": 429}}, headers=[("Retry-After", "0")])
            if world.uses.get(client, 1 << 30) <= 0:
                world.uses[client] = 3
                until = time.time() + 1
                after = world.limit
                if after == "date":  # whole seconds
                    until = int(time.time()) + 2
                    after = email.utils.formatdate(until, usegmt=True)
                world.limited[client] = until - 0.05
                return self.answer(429, {"error": {"status": 429}}, headers=[("Retry-After", after)])
            if client in world.uses:
                world.uses[client] -= 1
            replaced = world.answers.pop(0) if world.answers else None
        if replaced is not None:
            return self.answer(*replaced)
        if world.development and not single:
            return self.answer(403, {"error": {"status": 403, "message": "Forbidden"}})
        if any(len(id) != 22 for id in ids):
            return self.answer(400, {"error": {"status": 400, "message": "Invalid base62 id"}})
        world.looked_up.update(ids)
        if single and world.albums.get(ids[0]) is None:
            return self.answer(404, {"error": {"status": 404, "message": "Resource not found"}})
        found = [self.album(id) for id in ids]
        self.answer(200, found[0] if single else {"albums": found[::-1]})

    def album(self, id):
        path = self.world.albums.get(id)
        if path is None:
            return None
        origin = f"http://{self.headers['Host']}"
        url = path if path and "://" in path else origin + path if path else None
        sizes = (64, 640, 300)
        images = [{"url": url if edge == 640 else url + "-small", "width": edge, "height": edge} for edge in sizes] if path else []
        return {"id": id, "name": "x", "images": images, "tracks": {"items": []}}

    # ---- MusicBrainz ----

    def search(self, query):
        world = self.world
        with world.lock:
            world.searches.append(time.time())
        title = query.split('release:"', 1)[1].split('" AND ', 1)[0]
        self.answer(200, {"count": 1, "releases": world.releases.get(title, [])})

    # ---- images ----

    def fault(self):
        with self.world.lock:
            faults = self.world.faults.get(self.path, [])
            return faults.pop(0) if len(faults) > 1 else faults[0] if faults else None

    def image(self):
        world = self.world
        with world.lock:
            world.at_once += 1
            world.most_at_once = max(world.most_at_once, world.at_once)
        if world.delay:
            time.sleep(world.delay)
        with world.lock:  # before the answer, so that the next request is not counted beside this one
            world.at_once -= 1
        fault = self.fault()
        if fault:
            return getattr(self, "fault_" + fault)()
        if self.path not in world.images:
            return self.answer(404, b"none", "text/plain")
        self.answer(200, png(world.images[self.path]), "image/png")
        with world.lock:
            world.served[self.path] += 1

    def fault_404(self):
        self.answer(404, b"gone", "text/plain")

    def fault_410(self):
        self.answer(410, b"gone", "text/plain")

    def fault_500(self):
        self.answer(500, b"<html>sorry</html>", "text/html")

    def fault_503(self):
        self.answer(503, b"", headers=[("Retry-After", "1")])

    def fault_html(self):
        self.answer(200, b"<html><body>Sign in</body></html>", "image/jpeg")

    def fault_bomb(self):
        self.answer(200, bomb(), "image/png")

    def fault_truncated(self):
        self.answer(200, png(5)[:-20], "image/png")

    def fault_cut(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(png(1)[:50])
        self.close_connection = True

    def fault_reset(self):
        self.close_connection = True  # without an answer

    def fault_length(self):
        self.send_response(200)
        self.send_header("Content-Length", str(10 << 30))
        self.end_headers()
        self.pour(lambda data: data)

    def fault_endless(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.pour(lambda data: b"%x\r\n%s\r\n" % (len(data), data))

    def pour(self, frame):
        data = frame(bytes(1 << 20))
        try:
            for _ in range(200):
                self.wfile.write(data)
            self.violation("200 MB were read")
        except OSError:
            pass
        self.close_connection = True

    def fault_headers(self):
        self.send_response(200)
        for i in range(200):
            self.send_header(f"X-{i}", "x" * 1000)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def fault_slow(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        try:
            for _ in range(600):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.1)
            self.violation("a slow answer was waited for")
        except OSError:
            pass
        self.close_connection = True

    def redirect(self, url):
        self.answer(307, b"", headers=[("Location", url)])

    def fault_elsewhere(self):
        self.redirect("https://example.org/image.png")

    def fault_localport(self):
        self.redirect("http://127.0.0.1:9/image.png")

    def fault_file(self):
        self.redirect("file:///etc/passwd")

    def fault_loop(self):
        self.redirect(self.path)

    def fault_moved(self):
        self.redirect("https://i.scdn.co/moved" + self.path)

    def do_GET(self):
        world = self.world
        with world.lock:
            world.requested[self.path] += 1
            world.agents.add(self.headers.get("User-Agent", ""))
        parts = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(parts.query)
        host, _, rest = parts.path[1:].partition("/")
        if host == "api.spotify.com":
            single = rest != "v1/albums"
            return self.albums([rest.split("/")[-1]] if single else query["ids"][0].split(","), single)
        if self.headers.get("Authorization"):
            self.violation(f"{host} got a token")
        if host == "musicbrainz.org":
            return self.search(query["query"][0])
        if host == "coverartarchive.org":
            if self.path in world.faults:
                return self.image()
            if "/archive.org/" + rest not in world.images:
                return self.answer(404, b"", "text/plain")
            return self.redirect("http://archive.org/" + rest)
        if host == "archive.org" and self.path in world.images:
            with world.lock:
                world.images["/ia1.us.archive.org/" + rest] = world.images[self.path]
            return self.redirect("https://ia1.us.archive.org/" + rest)
        self.image()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass  # a client that has ended


def start(world):
    """(server, address)"""
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"world": world}))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"


class Tunnel(http.server.BaseHTTPRequestHandler):
    """A proxy whose tunnels all end at a server with the certificate of the class."""
    certificate = None
    connected = []
    received = b""

    def log_message(self, *arguments):
        pass

    def do_CONNECT(self):
        self.connected.append(self.path)
        self.send_response(200)
        self.end_headers()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.close_connection = True
        with context.wrap_socket(self.connection, server_side=True) as inside:
            type(self).received += inside.recv(65536)


def start_tunnel(certificate):
    handler = type("Bound", (Tunnel,), {"certificate": certificate, "connected": []})
    proxy = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
    return proxy, f"http://127.0.0.1:{proxy.server_address[1]}", handler


if __name__ == "__main__":
    print(start(World())[1], flush=True)
    threading.Event().wait()
