#!/usr/bin/env python3
"""bundle-format.py [BUNDLE [HEADER]] - a second implementation of bundle/FORMAT.md, written from that text
alone: it takes manifests, signatures, layers and the size of index.json out of a bundle, makes everything
else anew and compares all bytes; and does the same with the header of a part. The golden ones of
fixtures/bundles by default. Signatures are not checked here.

Last line: "N passed, N failed, N skipped".
"""
import base64
import hashlib
import json
import os
import re
import struct
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUNDLES = os.path.join(ROOT, "fixtures/bundles")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
SIGSTORE = "application/vnd.dev.sigstore.bundle.v0.3+json"
REF_NAME = "org.opencontainers.image.ref.name"
SIGNATURE = "dev.cosignproject.cosign/signature"
TITLE = "org.opencontainers.image.title"
NOTES = {"dev.sigstore.bundle.content": "dsse-envelope",
         "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1"}
NO_TIME = "0001-01-01T00:00:00Z"
passed = failed = 0


def check(what, good):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print(f"failed: {what}")


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def descriptor(kind, data, **more):
    return {"mediaType": kind, "digest": "sha256:" + sha(data), "size": len(data), **more}


EMPTY = descriptor("application/vnd.oci.empty.v1+json", b"{}")


# --- 2.1 tar
def header(name, size, link=None, mtime=0):
    prefix = ""
    if len(name) > 100:
        at = name.index("/", len(name) - 101)
        prefix, name = name[:at], name[at + 1:]
    size = b"%011o\0" % size if size < 8 << 30 else b"\x80" + size.to_bytes(11, "big")
    head = b"".join([name.encode().ljust(100, b"\0"), b"0000644\0", b"0000000\0" * 2, size,
                     b"%011o\0" % mtime, b" " * 8, b"1" if link else b"0",
                     (link or "").encode().ljust(100, b"\0"), b"ustar\x0000", bytes(64),
                     b"0000000\0" * 2, prefix.encode().ljust(155, b"\0"), bytes(12)])
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def member(name, data, **more):
    return header(name, len(data), **more) + data + bytes(-len(data) % 512)


def walk(tar):
    """Name -> contents, and name -> what it links to."""
    files, links, at = {}, {}, 0
    while tar[at]:
        head = tar[at:at + 512]
        name = head[:100].rstrip(b"\0").decode()
        prefix = head[345:500].rstrip(b"\0").decode()
        name = prefix + "/" + name if prefix else name
        size = int(head[124:135], 8) if head[124] < 128 else int.from_bytes(head[125:136], "big")
        if head[156:157] == b"1":
            links[name] = head[157:257].rstrip(b"\0").decode()
        else:
            files[name] = tar[at + 512:at + 512 + size]
        at += 512 + size + -size % 512
    return files, links


# --- 5.1 and 5.2
def simple_parts(signed, signatures):
    payload = compact({"critical": {"identity": {"docker-reference": "sealift/bundle"},
                                    "image": {"docker-manifest-digest": "sha256:" + sha(signed)},
                                    "type": "cosign container image signature"}, "optional": None})
    config = compact({"architecture": "", "created": NO_TIME,
                      "history": [{"created": NO_TIME} for _ in signatures], "os": "",
                      "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha(payload)] * len(signatures)},
                      "config": {}})
    manifest = compact({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, config),
                        "layers": [descriptor(SIMPLE, payload, annotations={SIGNATURE: s})
                                   for s in signatures]})
    return manifest, config, payload


def sigstore_parts(signed, hint, signature):
    statement = compact({"_type": "https://in-toto.io/Statement/v1",
                         "subject": [{"digest": {"sha256": sha(signed)}, "annotations": {}}],
                         "predicateType": NOTES["dev.sigstore.bundle.predicateType"], "predicate": {}})
    bundle = compact({"mediaType": SIGSTORE, "verificationMaterial": {"publicKey": {"hint": hint}},
                      "dsseEnvelope": {"payload": base64.b64encode(statement).decode(),
                                       "payloadType": "application/vnd.in-toto+json",
                                       "signatures": [{"sig": signature}]}})
    referrer = compact({"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": SIGSTORE,
                        "config": EMPTY, "layers": [descriptor(SIGSTORE, bundle)],
                        "subject": descriptor(MANIFEST, signed), "annotations": NOTES})
    return referrer, bundle


class Bundle:
    """What cannot be made anew: manifests, signatures, layers, the size of index.json."""

    def __init__(self, tar):
        self.files, self.links = walk(tar)
        self.index_size = len(self.files["index.json"])
        self.manifests, self.simple, self.sigstore = [], {}, {}
        for entry in json.loads(self.files["index.json"])["manifests"]:
            data = self.blob(entry["digest"])
            document = json.loads(data)
            if document.get("artifactType") == "application/vnd.sealift.bundle.v1":
                self.manifests.append(data)
            elif document.get("artifactType") == SIGSTORE:
                inner = json.loads(self.blob(document["layers"][0]["digest"]))
                self.sigstore.setdefault(document["subject"]["digest"], []).append(
                    (inner["verificationMaterial"]["publicKey"]["hint"],
                     inner["dsseEnvelope"]["signatures"][0]["sig"]))
            elif "layers" in document:
                payload = json.loads(self.blob(document["layers"][0]["digest"]))
                digest = payload["critical"]["image"]["docker-manifest-digest"]
                self.simple[digest] = [layer["annotations"][SIGNATURE] for layer in document["layers"]]

    def blob(self, digest):
        return self.files["blobs/sha256/" + digest[7:]]


def tag(uid):
    clean = re.sub(r"[^A-Za-z0-9_.-]", "-", uid)
    clean = re.sub(r"^[.-]", "_", clean)
    return clean if len(uid) <= 128 else clean[:111] + "-" + sha(uid.encode())[:16]


# --- 2.2 and 3
def front(bundle):
    blobs, entries = list(bundle.manifests) + [b"{}"], []
    for data in bundle.manifests:
        name = tag(json.loads(data)["annotations"]["vnd.sealift.uid"])
        entries.append(descriptor(MANIFEST, data, annotations={
            "kind": "dev.cosignproject.cosign/image", REF_NAME: name}))
    for data in bundle.manifests:
        digest = "sha256:" + sha(data)
        if digest in bundle.simple:
            parts = simple_parts(data, bundle.simple[digest])
            blobs += parts
            entries.append(descriptor(MANIFEST, parts[0], annotations={
                "kind": "dev.cosignproject.cosign/sigs", REF_NAME: f"sha256-{sha(data)}.sig"}))
        listed = []
        for hint, signature in bundle.sigstore.get(digest, []):
            parts = sigstore_parts(data, hint, signature)
            blobs += parts
            listed.append(descriptor(MANIFEST, parts[0], artifactType=SIGSTORE, annotations=NOTES))
        if listed:
            index = compact({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed})
            blobs.append(index)
            entries += listed + [descriptor(INDEX, index, annotations={REF_NAME: "sha256-" + sha(data)})]
    return compact({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}), blobs


def make(bundle):
    index, blobs = front(bundle)
    layers = [layer for data in bundle.manifests for layer in json.loads(data)["layers"]]
    images = [layer for layer in layers if "vnd.sealift.csp" in layer["annotations"]]
    images.sort(key=lambda layer: (int(layer["annotations"]["vnd.sealift.raw.size"]),
                                   layer["annotations"][TITLE]))
    blobs += [bundle.blob(layer["digest"]) for layer in layers if layer not in images]
    blobs += [bundle.blob(layer["digest"]) for layer in images]
    out = [member("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
           member("index.json", index.ljust(bundle.index_size))]
    out += [member("blobs/sha256/" + sha(blob), blob) for blob in dict.fromkeys(blobs)]
    titles = dict.fromkeys((layer["annotations"][TITLE], layer["digest"][7:]) for layer in layers)
    out += [header(title, 0, link="blobs/sha256/" + digest) for title, digest in titles]
    return b"".join(out) + bytes(1024)


# --- 6
def check_frames(bundle):
    for data in bundle.manifests:
        for layer in json.loads(data)["layers"]:
            if not layer["mediaType"].endswith("image.raw+zstd"):
                continue
            blob, notes = bundle.blob(layer["digest"]), layer["annotations"]
            size, frame = int(notes["vnd.sealift.raw.size"]), int(notes["vnd.sealift.frame.size"])
            frames = -(-size // frame)
            table = blob[-(8 * frames + 17):]
            entries = struct.unpack(f"<{2 * frames}I", table[8:-9])
            check("seek table: its ends", table[:8] == struct.pack("<II", 0x184D2A5E, 8 * frames + 9)
                  and table[-9:] == struct.pack("<IBI", frames, 0, 0x8F92EAB1))
            check("seek table: stored sizes", sum(entries[::2]) + len(table) == len(blob))
            check("seek table: raw sizes", list(entries[1::2]) == [frame] * (frames - 1) +
                  [size - frame * (frames - 1)])


# --- 7
def check_part(head):
    count, = struct.unpack(">I", head[16:20])
    size, body = struct.unpack(">QQ", head[24:40])
    number, offset, length = struct.unpack(">I4xQQ", head[32768:32792])
    signatures, = struct.unpack(">I", head[33024:33028])
    again = bytearray(65536)
    again[:20] = b"sealift part v1\n" + struct.pack(">I", count)
    again[24:40] = struct.pack(">QQ", size, body)
    again[40:72] = head[40:72]
    again[128:128 + 32 * count] = head[128:128 + 32 * count]
    again[32768:32792] = struct.pack(">I4xQQ", number, body * (number - 1),
                                     min(body, size - body * (number - 1)))
    again[33024:33028] = struct.pack(">I", signatures)
    for at in range(33040, 33040 + 560 * signatures, 560):
        length, = struct.unpack(">H", head[at + 32:at + 34])
        again[at:at + 34 + length] = head[at:at + 34 + length]
    again[65504:] = hashlib.sha256(again[:65504]).digest()
    check("part: parts by size", count == -(-size // body))
    check("part: every byte of the header", bytes(again) == head)


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(BUNDLES, "good-one-uid.tar")
    part = sys.argv[2] if len(sys.argv) > 2 else os.path.join(BUNDLES, "good-part-header.bin")
    with open(path, "rb") as file:
        tar = file.read()
    bundle = Bundle(tar)
    check("index.json: a multiple of 512", bundle.index_size % 512 == 0)
    check("every byte of the archive", make(bundle) == tar)
    check_frames(bundle)
    with open(part, "rb") as file:
        check_part(file.read(65536))
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(failed != 0)


main()
