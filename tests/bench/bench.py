#!/usr/bin/env python3
"""bench.py BUILD - whole-process figures of Sealift beside those of its peers.

Each comparison runs the two commands in turn, A B A B ..., and compares the minimum of each: machines
are shared, and a minimum is what the work costs. Nothing here fails on a figure; it prints what was
wanted and what is.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROUNDS = int(os.environ.get("ROUNDS", "15"))
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

    def compare(self, ours, peer, rounds=ROUNDS):
        """The minimum of each figure of ours and of the peer's: [wall us, cpu us, KiB] each."""
        runs = [], []
        for _ in range(rounds):
            for kept, command in zip(runs, (ours, peer)):
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
        for part in (bench_resolve, bench_large_table, bench_measurements, bench_hash, bench_size):
            if len(sys.argv) < 3 or any(word in part.__name__ for word in sys.argv[2:]):
                part(bench)
    finally:
        bench.close()


main()
