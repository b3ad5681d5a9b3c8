#!/usr/bin/env python3
"""bundle-tools.py [BUNDLE] - the tools of the field read a bundle: tar, bsdtar, Python's tarfile, zstd,
skopeo, oras and cosign, each without network. BUNDLE has one uid and is signed with the test key p256; by
default it is the golden one of fixtures/bundles. A tool that is not here is skipped.

Last line: "N passed, N failed, N skipped".
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUNDLE = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "fixtures/bundles/good-one-uid.tar")
KEYS = os.path.join(ROOT, "fixtures/keys")
CACHE = os.path.expanduser(os.environ.get("XDG_CACHE_HOME", "~/.cache"))
PEERS = os.path.join(os.environ.get("SEALIFT_PEERS", os.path.join(CACHE, "sealift-peers")), "bin")
counts = {"passed": 0, "failed": 0, "skipped": 0}


def say(verdict, what, why=""):
    counts[verdict] += 1
    if verdict != "passed":
        print(f"{verdict}: {what}{': ' + why if why else ''}")


def check(good, what, why=""):
    say("passed" if good else "failed", what, why)


def peer(name):
    """The path of a tool, or None, and then it counts as skipped."""
    path = os.path.join(PEERS, name)
    path = path if os.path.exists(path) else shutil.which(name)
    if not path:
        say("skipped", name, "is not here (tests/peers/setup.sh brings it)")
    return path


def run(*command, cwd=None):
    """Runs without network but with loopback, where that is possible."""
    inner = "ip link set lo up 2>/dev/null; exec \"$@\""
    isolated = ["unshare", "-n", "sh", "-c", inner, "sh"] if os.geteuid() == 0 else []
    return subprocess.run([*isolated, *command], cwd=cwd, capture_output=True, text=True,
                          errors="replace", stdin=subprocess.DEVNULL)


def tree(folder):
    """Every file below a folder but those of the OCI layout itself: path -> SHA-256."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(place, name), folder)
            if path not in ("oci-layout", "index.json") and not path.startswith("blobs/"):
                with open(os.path.join(folder, path), "rb") as file:
                    found[path] = hashlib.sha256(file.read()).hexdigest()
    return found


def blob(archive, digest):
    return archive.extractfile("blobs/sha256/" + digest.removeprefix("sha256:")).read()


class Expected:
    """What the bundle says is in it, read with tarfile and json alone."""

    def __init__(self, path):
        with tarfile.open(path) as archive:
            self.names = archive.getnames()
            index = json.loads(archive.extractfile("index.json").read())
            entry = index["manifests"][0]
            self.digest = entry["digest"]
            self.tag = entry["annotations"]["org.opencontainers.image.ref.name"]
            self.manifest = json.loads(blob(archive, self.digest))
            self.tree = {}
            for layer in self.manifest["layers"]:
                title = layer["annotations"]["org.opencontainers.image.title"]
                data = blob(archive, layer["digest"])
                self.tree[title] = layer["digest"].removeprefix("sha256:")
                check(hashlib.sha256(data).hexdigest() == self.tree[title] and
                      len(data) == layer["size"], f"tarfile: {title}")


def check_tars(want, folder):
    for name, arguments in (("tar", ["-xf"]), ("bsdtar", ["-xf"])):
        if not peer(name):
            continue
        out = os.path.join(folder, name)
        os.mkdir(out)
        listed = run(peer(name), "-tf", BUNDLE)
        check(listed.stdout.split() == want.names, f"{name} lists", listed.stderr)
        done = run(peer(name), *arguments, BUNDLE, "-C", out)
        check(done.returncode == 0 and not done.stderr, f"{name} extracts", done.stderr)
        check(tree(out) == want.tree, f"{name}: the tree")
    out = os.path.join(folder, "tarfile")
    with tarfile.open(BUNDLE) as archive:
        archive.extractall(out)
    check(tree(out) == want.tree, "tarfile: the tree")
    return out


def check_zstd(want, extracted):
    zstd = peer("zstd")
    for layer in want.manifest["layers"]:
        notes = layer["annotations"]
        if not zstd or not layer["mediaType"].endswith("image.raw+zstd"):
            continue
        path = os.path.join(extracted, notes["org.opencontainers.image.title"])
        raw = subprocess.run([zstd, "-dcq", path], capture_output=True).stdout
        check("sha256:" + hashlib.sha256(raw).hexdigest() == notes["vnd.sealift.raw.digest"],
              "zstd -d gives the raw image")


def check_skopeo(want, folder):
    for name in ("skopeo", "skopeo118", "skopeo122"):
        skopeo = peer(name)
        if not skopeo:
            continue
        shown = subprocess.run([skopeo, "inspect", "--raw", f"oci-archive:{BUNDLE}:{want.tag}"],
                               capture_output=True)
        check("sha256:" + hashlib.sha256(shown.stdout).hexdigest() == want.digest,
              f"{name} inspects", shown.stderr.decode(errors="replace"))
        out = os.path.join(folder, name)
        done = run(skopeo, "copy", "-q", f"oci-archive:{BUNDLE}:{want.tag}", f"oci:{out}:{want.tag}")
        check(done.returncode == 0, f"{name} copies", done.stderr)
        check(os.path.exists(os.path.join(out, "blobs/sha256", want.digest[7:])),
              f"{name}: the same digest")


def check_oras(want, folder):
    for name in ("oras", "oras13"):
        oras = peer(name)
        if not oras:
            continue
        out = os.path.join(folder, name)
        os.mkdir(out)
        done = run(oras, "pull", "--oci-layout", f"{BUNDLE}:{want.tag}", cwd=out)
        check(done.returncode == 0, f"{name} pulls", done.stderr)
        check(tree(out) == want.tree, f"{name}: the tree")
        copied = os.path.join(folder, name + "-copy")
        done = run(oras, "cp", "-r", "--from-oci-layout", f"{BUNDLE}:{want.tag}", "--to-oci-layout",
                   f"{copied}:{want.tag}")
        check(done.returncode == 0, f"{name} copies", done.stderr)


def check_cosign(extracted):
    for name in ("cosign", "cosign3"):
        cosign = peer(name)
        if not cosign:
            continue
        for key, want in (("good-p256.pem", 0), ("good-p256-other.pem", 1), ("good-rsa2048.pem", 1)):
            done = run(cosign, "verify", "--key", os.path.join(KEYS, key), "--private-infrastructure",
                       "--local-image", extracted)
            check((done.returncode != 0) == want, f"{name} verifies with {key}", done.stderr)


def main():
    folder = tempfile.mkdtemp(prefix="sealift-peers-")
    try:
        want = Expected(BUNDLE)
        extracted = check_tars(want, folder)
        check_zstd(want, extracted)
        check_skopeo(want, folder)
        check_oras(want, folder)
        check_cosign(extracted)
    finally:
        shutil.rmtree(folder)
    print(", ".join(f"{number} {verdict}" for verdict, number in counts.items()))
    sys.exit(1 if counts["failed"] else 0)


main()
