"""cloud.py - a small GCP on loopback for the real gcloud: Compute Engine and Cloud Storage, as far as
`publish gcp` and `launch gcp` use them. Everything is in memory; every request is kept.

    cloud = Cloud(); cloud.start(); ... cloud.environment(folder) ...; cloud.stop()

    cloud.images, cloud.instances    name -> what GCP would show of it
    cloud.buckets, cloud.objects     name -> metadata; (bucket, name) -> (metadata, bytes)
    cloud.requests                   what arrived, in order
    cloud.fail(...)                  the next requests that fit get this answer instead
    cloud.weaken                     put over each instance that is made
    cloud.image_id                   what disks are said to be made of, if not of what was asked for
"""
import base64
import hashlib
import http.server
import json
import re
import threading
import urllib.parse


class Answer(Exception):
    """Ends the handling of a request."""

    def __init__(self, status, body, headers=None):
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers or {}


class Cut(Exception):
    """The connection ends without an answer."""


def refusal(status, message, reason):
    return Answer(status, {"error": {"code": status, "message": message, "errors": [
        {"message": message, "domain": "global", "reason": reason}]}})


def absent(path):
    return refusal(404, f"The resource '{path}' was not found", "notFound")


class Request:
    def __init__(self, method, path, query, headers, body):
        self.method, self.path, self.query, self.headers, self.body = method, path, query, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.method} {self.path} {self.query} {self.body[:2000]!r}"


class Failure:
    def __init__(self, method, path, answer, times, is_made, after):
        self.method, self.path, self.answer = method, re.compile(path), answer
        self.times, self.is_made, self.after = times, is_made, after

    def fits(self, request):
        if self.times == 0 or request.method != self.method or not self.path.search(request.path):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


class Cloud:
    PROJECT = "site-project"
    ZONE = "us-central1-a"

    def __init__(self):
        self.images, self.instances, self.buckets, self.objects = {}, {}, {}, {}
        self.requests, self.failures, self.uploads = [], [], {}
        self.operations = {}
        self.weaken = {}
        self.image_id = None
        self.lock = threading.Lock()
        self.generation = 1000

    # --- For tests -------------------------------------------------------------------------------

    def start(self):
        cloud = self

        class Handler(Exchange):
            pass

        Handler.cloud = cloud
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def clear(self):
        for kept in (self.images, self.instances, self.buckets, self.objects, self.requests, self.failures,
                     self.uploads, self.operations, self.weaken):
            kept.clear()
        self.image_id = None

    def fail(self, method, path, answer, times=-1, is_made=False, after=0):
        """answer: an Answer, or Cut. is_made: what was asked for happens all the same. after: so many
        that fit are let through before."""
        self.failures.append(Failure(method, path, answer, times, is_made, after))

    def sent(self, method, path):
        """The bodies of the requests that fit, from JSON."""
        return [request.json for request in self.requests
                if request.method == method and re.search(path, request.path)]

    def environment(self, folder):
        """What gcloud needs to talk to nothing but this; folder is its home."""
        base = f"http://127.0.0.1:{self.port}"
        token = f"{folder}/token"
        with open(token, "w", encoding="ascii") as file:
            file.write("ya29.dummy")
        return {"HOME": folder, "CLOUDSDK_CONFIG": f"{folder}/gcloud", "LC_ALL": "C.UTF-8",
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": f"{base}/compute/v1/",
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"{base}/storage/v1/",
                "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": token, "CLOUDSDK_CORE_PROJECT": self.PROJECT,
                "CLOUDSDK_METRICS_ENVIRONMENT": "x", "CLOUDSDK_CORE_CHECK_GCE_METADATA": "false",
                "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
                "CLOUDSDK_SURVEY_DISABLE_PROMPTS": "true", "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}

    # --- What is asked ---------------------------------------------------------------------------

    def answer(self, request):
        with self.lock:
            self.requests.append(request)
            failure = next((failure for failure in self.failures if failure.fits(request)), None)
            if failure and not failure.is_made:
                raise failure.answer
            try:
                self.handle(request)
            except Answer as answer:
                raise failure.answer if failure else answer

    def handle(self, request):
        for prefix, handler in (("/compute/v1/", self.compute), ("/storage/v1/", self.storage),
                                ("/upload/storage/v1/", self.upload),
                                ("/resumable/upload/storage/v1/", self.upload)):
            if request.path.startswith(prefix):
                handler(request, request.path[len(prefix):])
        raise absent(request.path)

    def link(self, path):
        return f"http://127.0.0.1:{self.port}/compute/v1/{path}"

    # --- Compute Engine ----------------------------------------------------------------------------

    def compute(self, request, path):
        words = path.split("/")
        if words[0] != "projects":
            return
        project, rest = words[1], words[2:]
        where = "/".join(words[:4])
        if not rest:
            raise Answer(200, {"kind": "compute#project", "name": project, "selfLink": self.link(path)})
        if rest[0] == "zones" and len(rest) == 2:
            raise Answer(200, {"kind": "compute#zone", "name": rest[1], "selfLink": self.link(path),
                               "status": "UP", "region": self.link(f"projects/{project}/regions/r")})
        if rest[:2] == ["global", "images"]:
            self.resource(request, self.images, where, rest[2:], self.make_image)
        if rest[0] == "zones" and rest[2:3] == ["instances"]:
            self.resource(request, self.instances, where + "/instances", rest[3:], self.make_instance)
        if rest[0] == "zones" and rest[2:3] == ["disks"]:
            self.disk(path, rest[3])
        if rest[-2:-1] == ["operations"] or rest[-3:-2] == ["operations"]:
            self.operation(rest)

    def disk(self, path, name):
        for instance in self.instances.values():
            for disk in instance.get("disks", []):
                if disk["source"].endswith("/" + name):
                    raise Answer(200, {"kind": "compute#disk", "name": name, "selfLink": self.link(path),
                                       "sourceImage": disk["initializeParams"]["sourceImage"],
                                       "sourceImageId": self.image_id or self.image_of(disk)})
        raise absent(path)

    def image_of(self, disk):
        return self.images[disk["initializeParams"]["sourceImage"].rpartition("/")[2]]["id"]

    def operation(self, rest):
        name = rest[rest.index("operations") + 1]
        if name not in self.operations:
            raise absent("/".join(rest))
        raise Answer(200, self.operations[name])

    def resource(self, request, known, where, rest, make):
        if request.method == "GET" and rest:
            if rest[0] not in known:
                raise absent(f"{where}/{rest[0]}")
            raise Answer(200, known[rest[0]])
        if request.method == "GET":
            raise Answer(200, {"items": list(known.values())})
        if request.method == "POST" and not rest:
            body = request.json
            name = body["name"]
            if name in known:
                raise refusal(409, f"The resource '{where}/{name}' already exists", "alreadyExists")
            known[name] = make(body, where)
            raise Answer(200, self.new_operation(where, name))
        raise refusal(405, "not here", "methodNotAllowed")

    def new_operation(self, where, name):
        number = str(len(self.operations) + 1)
        scope = where.rpartition("/")[0]
        operation = {"kind": "compute#operation", "id": number, "name": f"operation-{number}",
                     "operationType": "insert", "status": "DONE", "progress": 100,
                     "targetLink": self.link(f"{where}/{name}"),
                     "selfLink": self.link(f"{scope}/operations/operation-{number}")}
        if "/zones/" in scope:
            operation["zone"] = self.link(scope)
        self.operations[operation["name"]] = operation
        return operation

    def refuse_operations(self, code, message):
        """From now on, what is made fails while it is made: as GCP tells of quotas and lack of machines."""
        make = self.new_operation

        def failing(where, name):
            operation = make(where, name)
            operation["error"] = {"errors": [{"code": code, "message": message}]}
            operation["httpErrorStatusCode"] = 403 if "QUOTA" in code else 503
            operation["httpErrorMessage"] = "FORBIDDEN" if "QUOTA" in code else "SERVICE UNAVAILABLE"
            (self.instances if "instances" in where else self.images).pop(name)
            return operation

        self.new_operation = failing

    def accept_operations(self):
        self.__dict__.pop("new_operation", None)

    def make_image(self, body, where):
        """As the service shows it: another link to the object, and the usual alphabet of base64."""
        bucket, _, name = body["rawDisk"]["source"].partition("/b/")[2].partition("/o/")
        body["rawDisk"]["source"] = f"https://storage.googleapis.com/{bucket}/{urllib.parse.unquote(name)}"
        state = body.get("shieldedInstanceInitialState", {})
        for key in [state[role] for role in ("pk",) if role in state] + state.get("keks", []) + state.get("dbs", []):
            key["content"] = key["content"].replace("-", "+").replace("_", "/")
        return {"kind": "compute#image", "id": "1", "status": "READY", "diskSizeGb": "1",
                "selfLink": self.link(f"{where}/{body['name']}"), **body}

    def make_instance(self, body, where):
        instance = {"kind": "compute#instance", "id": "2", "status": "RUNNING",
                    "zone": self.link(where.rpartition("/")[0]),
                    "selfLink": self.link(f"{where}/{body['name']}"), **body}
        for disk in instance.get("disks", []):
            disk["source"] = self.link(f"{where.rpartition('/')[0]}/disks/{body['name']}")
        instance.update(self.weaken)
        return instance

    # --- Cloud Storage -----------------------------------------------------------------------------

    def storage(self, request, path):
        words = [urllib.parse.unquote(word) for word in path.split("/")]
        if words == ["b"] and request.method == "POST":
            self.make_bucket(request)
        if len(words) == 2 and words[0] == "b" and request.method == "GET":
            if words[1] not in self.buckets:
                raise refusal(404, "The specified bucket does not exist.", "notFound")
            raise Answer(200, self.buckets[words[1]])
        if len(words) == 4 and words[2] == "o" and request.method == "GET":
            if (words[1], words[3]) not in self.objects:
                raise refusal(404, f"No such object: {words[1]}/{words[3]}", "notFound")
            raise Answer(200, self.objects[words[1], words[3]][0])
        if len(words) == 3 and words[2] == "o" and request.method == "GET":
            prefix = request.query.get("prefix", [""])[0]
            raise Answer(200, {"kind": "storage#objects", "items": [
                metadata for (bucket, name), (metadata, _) in self.objects.items()
                if bucket == words[1] and name.startswith(prefix)]})

    def make_bucket(self, request):
        name = request.json["name"]
        if name in self.buckets:
            raise refusal(409, "Your previous request to create the named bucket succeeded and you already "
                          "own it.", "conflict")
        self.buckets[name] = {"kind": "storage#bucket", "id": name, "storageClass": "STANDARD",
                              "projectNumber": "1", "metageneration": "1", "timeCreated":
                              "2026-01-01T00:00:00.000Z", "updated": "2026-01-01T00:00:00.000Z",
                              "selfLink": f"http://127.0.0.1:{self.port}/storage/v1/b/{name}", **request.json}
        raise Answer(200, self.buckets[name])

    def upload(self, request, path):
        words = [urllib.parse.unquote(word) for word in path.split("/")]
        kind = request.query.get("uploadType", [""])[0]
        if request.method == "POST" and kind == "multipart":
            metadata, data = self.parts(request)
            self.keep(words[1], metadata, data, request)
        if request.method == "POST" and kind == "resumable":
            number = f"u{len(self.uploads) + 1}"
            metadata = json.loads(request.body or b"{}")
            metadata.setdefault("name", request.query.get("name", [""])[0])
            self.uploads[number] = [words[1], metadata, b"", request]
            place = f"http://127.0.0.1:{self.port}{request.path}?uploadType=resumable&upload_id={number}"
            raise Answer(200, {}, {"Location": place, "X-GUploader-UploadID": number})
        if request.method == "PUT":
            self.take_piece(request)

    def take_piece(self, request):
        upload = self.uploads[request.query["upload_id"][0]]
        upload[2] += request.body
        last = re.fullmatch(r"bytes (?:\*|\d+-\d+)/(\d+|\*)", request.headers.get("Content-Range", ""))
        if last and last[1] != "*" and len(upload[2]) >= int(last[1]) or not last:
            self.keep(upload[0], upload[1], upload[2], upload[3])
        raise Answer(308, b"", {"Range": f"bytes=0-{len(upload[2]) - 1}"} if upload[2] else {})

    def parts(self, request):
        boundary = re.search(r"""boundary=["']?([^"';]+)""", request.headers["Content-Type"])[1]
        pieces = request.body.split(b"--" + boundary.encode())
        first, second = [piece.partition(b"\r\n\r\n" if b"\r\n\r\n" in piece else b"\n\n")[2]
                         for piece in pieces[1:3]]
        end = 2 if second.endswith(b"\r\n") else 1
        return json.loads(first), second[:-end]

    def keep(self, bucket, metadata, data, request):
        name = metadata["name"]
        if bucket not in self.buckets:
            raise refusal(404, "The specified bucket does not exist.", "notFound")
        if request.query.get("ifGenerationMatch") == ["0"] and (bucket, name) in self.objects:
            raise refusal(412, "At least one of the pre-conditions you specified did not hold.",
                          "conditionNotMet")
        self.generation += 1
        self.objects[bucket, name] = {
            "kind": "storage#object", "bucket": bucket, "contentType": "application/octet-stream",
            "storageClass": "STANDARD", "metageneration": "1", **metadata, "size": str(len(data)),
            "generation": str(self.generation), "timeCreated": "2026-01-01T00:00:00.000Z",
            "updated": "2026-01-01T00:00:00.000Z",
            "md5Hash": base64.b64encode(hashlib.md5(data).digest()).decode()}, data
        raise Answer(200, self.objects[bucket, name][0])


class Exchange(http.server.BaseHTTPRequestHandler):
    """One connection."""
    protocol_version = "HTTP/1.1"
    cloud = None

    def log_message(self, *_):
        pass

    def take_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def serve(self):
        url = urllib.parse.urlsplit(self.path)
        request = Request(self.command, url.path, urllib.parse.parse_qs(url.query), self.headers,
                          self.take_body())
        try:
            self.cloud.answer(request)
        except Answer as answer:
            self.send(answer)
        except Cut:
            self.close_connection = True
            self.connection.shutdown(2)

    def send(self, answer):
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve
