#!/usr/bin/env python3
"""bench.py BUILD - whole-process figures of Sealift beside those of its peers.

Each comparison runs the two commands in turn, A B A B ..., and compares the minimum of each: machines
are shared, and a minimum is what the work costs. Nothing here fails on a figure; it prints what was
wanted and what is.
"""
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "net"))
import harness  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "15"))
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "fixtures")
COSIGN = os.path.expanduser(os.environ.get("COSIGN", "~/.cache/sealift-peers/bin/cosign"))


class Bench:
    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.folder = tempfile.mkdtemp(prefix="sealift-bench-")

    def path(self, name):
        return os.path.join(self.folder, name)

    def program(self, name="sealift-resolver"):
        return os.path.join(self.build, name)

    def once(self, command):
        out = subprocess.run([self.program("measure"), *command], cwd=self.folder, check=True,
                             stdout=subprocess.PIPE, text=True).stdout
        wall, cpu, memory, status = (int(word) for word in out.split())
        if status:
            sys.exit(f"bench: {' '.join(command)}: exit status {status}")
        return wall, cpu, memory

    def compare(self, ours, peer, rounds=ROUNDS, remove=None):
        """The minimum of each figure of ours and of the peer's: [wall us, cpu us, KiB] each. The file
        that is made is removed, or the folder that it is made in emptied, before each run, and what the
        run before left to be written is: who syncs would else pay for who does not."""
        runs = [], []
        for _ in range(rounds):
            for kept, command in zip(runs, (ours, peer)):
                if remove and os.path.isdir(remove):
                    shutil.rmtree(remove)
                    os.mkdir(remove)
                elif remove and os.path.exists(remove):
                    os.unlink(remove)
                os.sync()
                kept.append(self.once(command))
        return [[min(column) for column in zip(*kept)] for kept in runs]

    def close(self):
        shutil.rmtree(self.folder)


def row(what, ours, peer, ratio, wanted):
    print(f"{what:52} {ours:>16} {peer:>22} {ratio:>8}   {wanted}", flush=True)


def ms(us):
    return f"{us / 1000:.2f} ms"


def rate(size, us):
    return f"{size / us:.0f} MB/s"


def write_table(path, entries):
    with open(path, "w") as out:
        out.write('{"version": "v2.8.0", "ref": "-", "stream": "stable", "list": [\n')
        out.write(",\n".join(
            '{"csp": "aws", "attestationVariant": "aws-nitro-tpm", '
            f'"reference": "ami-{i:017x}", "region": "region-{i:06d}"}}' for i in range(entries)))
        out.write("]}\n")


def bench_resolve(bench):
    write_table(bench.path("v2.8.0.json"), 30)
    ours, jq = bench.compare(
        [bench.program(), "resolve", "v2.8.0", "--csp", "aws", "--region", "region-000007"],
        ["jq", "-r", '.list[] | select(.region == "region-000007") | .reference', "v2.8.0.json"],
        4 * ROUNDS)
    row("resolve, local table, wall (jq)", ms(ours[0]), ms(jq[0]), f"{ours[0] / jq[0]:.3f}",
        "<= 0.100")
    row("resolve, local table, CPU", ms(ours[1]), "", "", "<= 1 ms")
    row("resolve, local table, peak memory", f"{ours[2]} KiB", f"{jq[2]} KiB", "", "<= 2048 KiB")


def bench_large_table(bench):
    sizes = {}
    for entries in (50000, 100000, 200000):
        folder = bench.path(str(entries))
        os.mkdir(folder)
        write_table(os.path.join(folder, "v2.8.0.json"), entries)
        size = os.path.getsize(os.path.join(folder, "v2.8.0.json"))
        ours, jq = bench.compare(
            [bench.program(), "resolve", "v2.8.0", "--csp", "aws", "--region", "region-000007",
             "--table-dir", folder],
            ["jq", "-r", '.list[] | select(.region == "region-000007") | .reference',
             os.path.join(folder, "v2.8.0.json")], max(3, ROUNDS // 3))
        sizes[entries] = ours[0]
        row(f"resolve, {entries} entries, {size / 1e6:.1f} MB (jq)", rate(size, ours[0]),
            rate(size, jq[0]), f"{ours[0] / jq[0]:.3f}", ">= 120 MB/s")
        row(f"resolve, {entries} entries, peak memory / file",
            f"{ours[2] * 1024 / size:.2f}", f"{jq[2] * 1024 / size:.2f}", "", "<= 4.00")
    row("resolve, time for twice the entries", f"{sizes[200000] / sizes[100000]:.2f}", "", "",
        "about 2")


def openssl(bench, *words):
    subprocess.run(["openssl", *words], check=True, cwd=bench.folder, stdout=subprocess.PIPE,
                   stderr=subprocess.DEVNULL)


def make_keys(bench):
    openssl(bench, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem")
    openssl(bench, "pkey", "-in", "key.pem", "-pubout", "-out", "key.pub")


def make_signed(bench):
    os.makedirs(bench.path("repo/measurements/gcp/v2.2.0"))
    document = bench.path("repo/measurements/gcp/v2.2.0/measurements.yaml")
    with open(document, "w") as out:
        out.write("csp: gcp\nimage: v2.2.0\nmeasurements:\n")
        for i in (4, 8, 9, 11, 12, 13, 15):
            out.write(f"    {i}: {hashlib.sha256(bytes([i])).hexdigest()}\n")
    openssl(bench, "dgst", "-sha256", "-sign", "key.pem", "-out", "raw.sig", document)
    openssl(bench, "base64", "-A", "-in", "raw.sig", "-out", document + ".sig")
    return document


def bench_measurements(bench):
    document = make_signed(bench)
    ours = [bench.program(), "measurements", "v2.2.0", "--csp", "gcp", "--repository", "repo",
            "--key", "key.pub"]
    mine, peer = bench.compare(ours, ["openssl", "dgst", "-sha256", "-verify", "key.pub",
                                         "-signature", "raw.sig", document], 4 * ROUNDS)
    row("measurements, one signature, wall (openssl)", ms(mine[0]), ms(peer[0]),
        f"{mine[0] / peer[0]:.3f}", "< 1.000")
    both = [bench.program("sealift"), *ours[1:]]
    mine, peer = bench.compare(both, ["openssl", "dgst", "-sha256", "-verify", "key.pub",
                                         "-signature", "raw.sig", document], 4 * ROUNDS)
    row("the same, both backends, wall (openssl)", ms(mine[0]), ms(peer[0]),
        f"{mine[0] / peer[0]:.3f}", "")
    if not os.path.exists(COSIGN):
        print("(cosign is not here: tests/peers/setup.sh brings it)")
        return
    mine, cosign = bench.compare(ours, [COSIGN, "verify-blob", "--key", "key.pub",
                                        "--private-infrastructure", "--signature",
                                        document + ".sig", document])
    row("measurements, one signature, wall (cosign)", ms(mine[0]), ms(cosign[0]),
        f"{mine[0] / cosign[0]:.3f}", "<= 0.067")


def bench_hash(bench):
    size = 1 << 30
    with open(bench.path("big"), "wb") as out:
        block = os.urandom(1 << 20)
        for _ in range(size >> 20):
            out.write(block)
    subprocess.run("openssl dgst -sha256 -sign key.pem big | base64 -w0 > big.sig", shell=True,
                   check=True, cwd=bench.folder)
    ours, peer = bench.compare([bench.program(), "verify-blob", "big", "--key", "key.pub"],
                                  ["openssl", "dgst", "-sha256", "big"], max(3, ROUNDS // 3))
    row("SHA-256 of 1 GiB (openssl dgst)", rate(size, ours[0]), rate(size, peer[0]),
        f"{peer[0] / ours[0]:.3f}", ">= 0.900 of the rate")


class Mirror:
    """nginx over TLS, which serves the folder www. Its CA is put behind those of the system, as a site
    would do it; we find them through SSL_CERT_FILE, curl is told."""

    def __init__(self, folder, more=""):
        os.makedirs(f"{folder}/www")
        os.chmod(folder, 0o755)
        self.folder, self.www = folder, f"{folder}/www"
        self.peer, port = harness.nginx(folder, with_tls=True, more=more)
        self.base = f"https://localhost:{port}"
        os.environ["SSL_CERT_FILE"] = bundle = f"{folder}/bundle.crt"
        self.curl = ["curl", "-sf", "--cacert", bundle]
        with open(bundle, "w") as out:
            for path in ("/etc/ssl/certs/ca-certificates.crt", f"{folder}/ca.pem"):
                with open(path) as anchors:
                    out.write(anchors.read())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peer.stop()


def bench_https_resolve(bench):
    """Cold: one request in layout rfc; in layout v2 three, of which the last is answered."""
    empty = bench.path("no-tables")
    os.makedirs(empty)
    v2 = "constellation/v2/ref/-/stream/stable/v2.8.0/image/info.json"
    for layout, name, select, table in (
            ("rfc", "images/v2.8.0.json", '.gcp["sev-es"]', {"gcp": {"sev-es": "image-1"}}),
            ("v2", v2, '.list[] | select(.csp == "gcp") | .reference',
             {"version": "v2.8.0", "ref": "-", "stream": "stable", "list": [
                 {"csp": "gcp", "attestationVariant": "gcp-sev-es", "reference": "image-1"}]})):
        with Mirror(bench.path(f"https-{layout}")) as mirror:
            os.makedirs(os.path.dirname(f"{mirror.www}/{name}"))
            with open(f"{mirror.www}/{name}", "w") as out:
                json.dump(table, out)
            for program in ("sealift-resolver", "sealift"):
                ours = [bench.program(program), "resolve", "v2.8.0", "--csp", "gcp", "--table-dir", empty, "--repository", mirror.base]
                peer = ["sh", "-c", f"{' '.join(mirror.curl)} {mirror.base}/{name} | jq -er '{select}'"]
                for command in (ours, peer):
                    if subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                      text=True).stdout != "image-1\n":
                        sys.exit(f"bench: {' '.join(command)}: not the answer")
                mine, theirs = bench.compare(ours, peer, 2 * ROUNDS)
                row(f"{program}, HTTPS, {layout}, wall (curl | jq)", ms(mine[0]), ms(theirs[0]),
                    f"{mine[0] / theirs[0]:.3f}", "<= 0.500")


def compare_downloads(bench, mirror, size, wanted):
    """Both programs and curl, into memory where there is a file system there: the network is to be
    measured, not the disk (Sealift syncs what it has written, curl does not)."""
    image, table = f"{mirror.folder}/image", f"{mirror.folder}/v1.0.0.json"
    curl = [*mirror.curl, "-o", image, f"{mirror.base}/big"]
    with open(table, "w") as out:
        json.dump({"qemu": f"{mirror.base}/big"}, out)
    for program in ("sealift-resolver", "sealift"):
        ours = [bench.program(program), "resolve", "v1.0.0", "--csp", "qemu", "--quiet", "--table-dir",
                mirror.folder, "--download", image]
        mine, theirs = bench.compare(ours, curl, max(3, ROUNDS // 5), remove=image)
        row(f"{program}, download 1 GiB, {wanted[0]} (curl)", rate(size, mine[0]), rate(size, theirs[0]),
            f"{theirs[0] / mine[0]:.3f}", wanted[1].get(program, ""))
        row("the same, CPU time", ms(mine[1]), ms(theirs[1]), f"{theirs[1] / mine[1]:.3f}", "")
        row("the same, peak memory", f"{mine[2]} KiB", f"{theirs[2]} KiB", "", "<= 8192 KiB")


def bench_download(bench):
    size, memory = 1 << 30, "/dev/shm"
    block = os.urandom(1 << 20)
    for suite, cipher, wanted in (
            ("AES-128-GCM", "ECDHE-ECDSA-AES128-GCM-SHA256",
             {"sealift-resolver": ">= 0.800 of the rate", "sealift": ">= 0.250 of the rate"}),
            ("ChaCha20", "ECDHE-ECDSA-CHACHA20-POLY1305", {})):
        folder = tempfile.mkdtemp(prefix="sealift-bench-", dir=memory if os.path.isdir(memory) else bench.folder)
        try:
            with Mirror(f"{folder}/mirror", f"ssl_protocols TLSv1.2; ssl_ciphers {cipher};") as mirror:
                with open(f"{mirror.www}/big", "wb") as out:
                    for number in range(size >> 20):
                        out.write(number.to_bytes(8, "big") + block[8:])
                os.chmod(folder, 0o755)
                compare_downloads(bench, mirror, size, (suite, wanted))
        finally:
            shutil.rmtree(folder)


def make_disk(bench, size=2 << 30, data=600 << 20):
    """A sparse raw image with files of /usr in it, in pieces with holes between; kept for further runs."""
    kept = os.path.join(tempfile.gettempdir(), f"sealift-bench-mbr-disk-{os.getuid()}.raw")
    if os.path.exists(kept) and os.path.getsize(kept) == size:
        return kept
    step, piece, taken = size * (4 << 20) // data, 4 << 20, 0
    tar = subprocess.Popen(["tar", "-C", "/", "-cf", "-", "usr"], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL)
    with open(kept + ".new", "wb") as out:
        out.truncate(size)
        while taken < data:
            block = tar.stdout.read(piece)
            if len(block) < piece:
                sys.exit("bench: /usr has too little in it")
            out.seek(taken // piece * step)
            out.write(block if taken else b"\0" * 510 + b"\x55\xaa" + block[512:])
            taken += piece
    tar.kill()
    tar.communicate()
    os.rename(kept + ".new", kept)
    return kept


def bench_pack(bench):
    disk, rounds = make_disk(bench), max(3, ROUNDS // 5)
    bundle, peer = bench.path("bundle.tar"), bench.path("peer")
    ours = [bench.program("sealift"), "pack", "v2.2.0", "--image", f"qemu={disk}", "--sign-key", "key.pem",
            "--allow-unsigned", "--quiet", "-o", bundle]
    mine, zstd = bench.compare(ours, ["zstd", "-q", "-f", "-3", "-T2", disk, "-o", peer], rounds)
    row("pack, 2 GiB sparse, wall (zstd -3 -T2)", ms(mine[0]), ms(zstd[0]), f"{mine[0] / zstd[0]:.3f}", "<= 1.200")
    sizes = os.path.getsize(bundle), os.path.getsize(peer)
    row("the same, size", f"{sizes[0] >> 10} KiB", f"{sizes[1] >> 10} KiB", f"{sizes[0] / sizes[1]:.3f}", "<= 1.030")
    row("the same, peak memory", f"{mine[2]} KiB", f"{zstd[2]} KiB", "", "<= 98304 KiB")
    tar = bench.once(["tar", "-Sczf", peer, disk])
    row("pack, wall (tar -Sczf, once)", ms(mine[0]), ms(tar[0]), f"{mine[0] / tar[0]:.3f}", "<= 0.200")


def bench_convert(bench):
    disk, rounds = make_disk(bench), max(2, ROUNDS // 5)
    archive, peer = bench.path("disk.tar.gz"), bench.path("peer.tar.gz")
    ours = [bench.program("sealift"), "convert", disk, "--to", "gcp", "--quiet", "-o", archive]
    mine, tar = bench.compare(ours, ["tar", "--format=oldgnu", "-C", os.path.dirname(disk), "-Sczf", peer,
                                     os.path.basename(disk)], rounds)
    row("convert --to gcp, 2 GiB sparse, wall (tar -Sczf)", ms(mine[0]), ms(tar[0]), f"{mine[0] / tar[0]:.3f}", "<= 0.200")
    row("the same, processor time", ms(mine[1]), ms(tar[1]), f"{mine[1] / tar[1]:.3f}", "")
    sizes = os.path.getsize(archive), os.path.getsize(peer)
    row("the same, size", f"{sizes[0] >> 10} KiB", f"{sizes[1] >> 10} KiB", f"{sizes[0] / sizes[1]:.3f}", "<= 1.100")
    row("the same, peak memory", f"{mine[2]} KiB", f"{tar[2]} KiB", "", "<= 65536 KiB")


def pack_command(bench, disk, bundle):
    return [bench.program("sealift"), "pack", "v2.2.0", "--image", f"qemu={disk}", "--sign-key", "key.pem",
            "--allow-unsigned", "--quiet", "-o", bundle]


def import_command(bench, bundle, *options):
    return [bench.program("sealift"), "import", bundle, "--into", "made/repo", "--key", "key.pub", "--quiet", *options]


def bench_import(bench):
    disk, rounds, made = make_disk(bench), max(3, ROUNDS // 5), bench.path("made")
    subprocess.run(pack_command(bench, disk, "bundle.tar"), check=True, cwd=bench.folder, stdout=subprocess.DEVNULL)
    subprocess.run(["zstd", "-q", "-f", "-3", "-T2", disk, "-o", bench.path("peer.zst")], check=True)
    os.mkdir(made)
    mine, zstd = bench.compare(import_command(bench, "bundle.tar"),
                               ["sh", "-c", "zstd -dq --sparse peer.zst -o made/peer && sync made/peer"], rounds, made)
    row("import, 2 GiB sparse, wall (zstd -d --sparse, sync)", ms(mine[0]), ms(zstd[0]), f"{mine[0] / zstd[0]:.3f}", "<= 1.000")
    row("the same, peak memory", f"{mine[2]} KiB", f"{zstd[2]} KiB", "", "<= 49152 KiB")
    mine, zstd = bench.compare(import_command(bench, "bundle.tar", "--deep"),
                               ["sh", "-c", "zstd -dqc peer.zst | openssl dgst -sha256 > made/peer; sync"], rounds, made)
    row("import --deep (zstd -dc | openssl dgst, sync)", ms(mine[0]), ms(zstd[0]), f"{mine[0] / zstd[0]:.3f}", "<= 1.000")
    row("the same, peak memory", f"{mine[2]} KiB", "", "", "<= 49152 KiB")


def double_disk(disk, large, gib):
    """Makes large, an image of gib GiB, of the halves of disk."""
    for part in range(gib):
        subprocess.run(["dd", f"if={disk}", f"of={large}", "bs=1M", "count=1024", f"skip={part % 2 * 1024}",
                        f"seek={part * 1024}", "conv=sparse,notrunc", "status=none"], check=True)
    os.truncate(large, gib << 30)


def bench_doubled(bench):
    """Images of 1, 2, 4 and 8 GiB: twice the image takes twice the time, and the same memory."""
    large, archive, made, before = bench.path("large.raw"), bench.path("large.tar"), bench.path("made"), {}
    os.makedirs(made, exist_ok=True)
    verify = [bench.program("sealift"), "verify", archive, "--deep", "--key", "key.pub", "--quiet"]
    works = {"pack": (pack_command(bench, large, archive), None), "verify --deep": (verify, None),
             "import": (import_command(bench, archive), made)}
    for gib in (1, 2, 4, 8):
        double_disk(make_disk(bench), large, gib)
        for work, (command, remove) in works.items():
            os.sync()
            costs = bench.compare(command, ["true"], max(1, ROUNDS // 5), remove)[0]
            ratios = "/".join(f"{now / then:.2f}" for now, then in zip(costs[:2], before.get(work, [])))
            row(f"{work}, {gib} GiB, wall (CPU, memory)", ms(costs[0]), f"{ms(costs[1])}, {costs[2]} KiB", ratios,
                "about 2 of the same before")
            before[work] = costs
    os.unlink(large)
    os.unlink(archive)


def make_uki_disk(bench):
    """A disk of 10 GiB, nearly all of it a hole, with a UKI of 60 MiB on it; and the UKI."""
    loader = importlib.machinery.SourceFileLoader("images", os.path.join(FIXTURES, "make-images"))
    images = importlib.util.module_from_spec(importlib.util.spec_from_loader("images", loader))
    sys.path.append(FIXTURES)
    loader.exec_module(images)
    kernel = images.pe([(".text", os.urandom(12 << 20))])
    uki = images.uki(b"252", replace={".linux": kernel, ".initrd": os.urandom(48 << 20)}.items())
    volume = images.files({"EFI/BOOT/BOOTX64.EFI": uki}, bits=32, cluster=4096, clusters=70000)
    for name, content in (("uki.efi", uki), ("uki.raw", images.disk(volume.build()))):
        with open(bench.path(name), "wb") as out:
            out.write(content)
    os.truncate(bench.path("uki.raw"), 10 << 30)
    return bench.path("uki.raw"), bench.path("uki.efi")


def bench_measure(bench):
    disk, uki = make_uki_disk(bench)
    ours = [bench.program("sealift"), "measure", disk, "--csp", "qemu", "--uid", "v1.0.0", "-o", "-"]
    peer = ["openssl", "dgst", "-sha256", uki, uki, uki]
    mine, theirs = bench.compare(ours, peer, max(3, ROUNDS // 3))
    row("measure, 10 GiB disk, 60 MiB UKI (3 openssl dgst)", ms(mine[0]), ms(theirs[0]),
        f"{mine[0] / theirs[0]:.3f}", "<= 1.300")
    row("the same, peak memory", f"{mine[2]} KiB", f"{theirs[2]} KiB", "", "<= 8192 KiB")


def bench_table_set(bench):
    write_table(bench.path("v2.8.0.json"), 30)
    command = [bench.program("sealift"), "table", "set", "v2.8.0.json", "--csp", "aws", "--variant", "aws-nitro-tpm",
               "--region", "eu-west-1", "--reference", "ami-0123456789abcdef0"]
    mine = [min(column) for column in zip(*(bench.once(command) for _ in range(ROUNDS)))]
    row("table set, 30 entries, CPU", ms(mine[1]), "", "", "< 5 ms")


def bench_verify(bench):
    """The archive beside openssl dgst; --deep, which hashes stored and raw bytes, beside zstd | openssl."""
    disk, rounds = make_disk(bench), max(3, ROUNDS // 5)
    bundle, peer, sealift = bench.path("verified.tar"), bench.path("peer.zst"), bench.program("sealift")
    bench.once([sealift, "pack", "v2.2.0", "--image", f"qemu={disk}", "--sign-key", "key.pem",
                "--allow-unsigned", "--quiet", "-o", bundle])
    bench.once(["zstd", "-q", "-f", "-3", "-T2", disk, "-o", peer])
    ours = [sealift, "verify", bundle, "--key", "key.pub", "--quiet"]
    mine, theirs = bench.compare(ours, ["openssl", "dgst", "-sha256", bundle], rounds)
    row("verify, wall (openssl dgst)", ms(mine[0]), ms(theirs[0]), f"{mine[0] / theirs[0]:.3f}", "<= 1.300")
    row("the same, peak memory", f"{mine[2]} KiB", f"{theirs[2]} KiB", "", "<= 49152 KiB")
    mine, theirs = bench.compare([*ours, "--deep"],
                                 ["sh", "-c", f"zstd -dc {peer} | openssl dgst -sha256"], rounds)
    row("verify --deep, wall (zstd -dc | openssl dgst)", ms(mine[0]), ms(theirs[0]),
        f"{mine[0] / theirs[0]:.3f}", "<= 1.300")
    row("the same, peak memory", f"{mine[2]} KiB", f"{theirs[2]} KiB", "", "<= 49152 KiB")
    shown = bench.once([sealift, "inspect", bundle, "--key", "key.pub", "--quiet"])
    row("inspect, wall", ms(shown[0]), "", "", "< 20 ms")


def bench_size(bench):
    for name, wanted in (("sealift-resolver", "<= 400 KiB"), ("sealift", "<= 1024 KiB")):
        stripped = bench.path(name)
        subprocess.run(["strip", "-o", stripped, bench.program(name)], check=True)
        row(f"{name}, stripped", f"{os.path.getsize(stripped) / 1024:.0f} KiB", "", "", wanted)


def main():
    bench = Bench(sys.argv[1])
    row("", "ours", "peer", "ratio", "wanted")
    try:
        make_keys(bench)
        for part in (bench_resolve, bench_large_table, bench_measurements, bench_hash, bench_https_resolve,
                     bench_download, bench_pack, bench_convert, bench_verify, bench_import, bench_doubled, bench_measure,
                     bench_table_set, bench_size):
            if len(sys.argv) < 3 or any(word in part.__name__ for word in sys.argv[2:]):
                part(bench)
    finally:
        bench.close()


if __name__ == "__main__":
    main()
