"""No connection is made where none is needed, and none at all with --offline."""
import fcntl
import os
import shutil
import struct
import subprocess
import termios

import web
from web import KEYS, PATIENT, Server, contains, equal, fails, respond, succeeds

RESOLVE = ("resolve", "v2.8.0", "--csp", "gcp", *PATIENT)
MEASURE = ("measurements", "v2.8.0", "--csp", "gcp", "--key", f"{KEYS}/publisher.pub")
INFO = "constellation/v2/ref/-/stream/stable/v2.8.0/image/info.json"
LONG_NAME = "constellation_v2_ref_-_stream_stable_v2.8.0_image_info.json"


def counting_server():
    return Server(lambda connection, _: respond(connection, "404 Not Found"))


def traced(world):
    """The command before the program that writes its network calls to the file trace."""
    return (web.tool("strace"), "-f", "-e", "trace=network", "-e", "signal=none", "-o", world.path("trace"))


def calls(world):
    """The network calls that were made, by all its processes."""
    with open(world.path("trace")) as trace:
        return [line for line in trace.read().split("\n") if "(" in line]


def put_table(world, name):
    shutil.copy(f"{web.REPOSITORIES}/good-v2/{INFO}", world.path(name))
    shutil.copy(f"{web.REPOSITORIES}/good-v2/{INFO}.sig", world.path(f"{name}.sig"))


def case_local_file_first(world):
    for name in ("v2.8.0.json", LONG_NAME):
        put_table(world, name)
        with counting_server() as server:
            for more in ((), ("--json",), ("--table-key", f"{KEYS}/tables.pub")):
                succeeds(world.run(*RESOLVE, *more, "--repository", server.url, under=traced(world)))
                equal(calls(world), [], "network calls")
            equal(server.connections, 0, "connections")
        os.unlink(world.path(name))


def case_broken_local_file_is_the_answer(world):
    world.write("v2.8.0.json", "{")
    with counting_server() as server:
        outcome = world.run(*RESOLVE, "--repository", server.url, under=traced(world))
        equal((outcome.status, calls(world), server.connections), (3, [], 0), "outcome")


def case_absent_local_file(world):
    """The other side of the same coin: the test would see a connection."""
    with counting_server() as server:
        equal(world.run(*RESOLVE, "--repository", server.url, under=traced(world)).status, 4, "status")
        equal((len(calls(world)) > 1, server.connections), (True, 1), "network calls")


def case_offline(world):
    with counting_server() as server:
        base = server.url[:-1]
        reason = "not fetched: --offline forbids the network"
        world.write("constellation-conf.yaml",
                    "version: v4\nimage: v2.8.0\nprovider:\n  gcp: {}\nattestation:\n  gcpSEVES: {}\n")
        list_name = "constellation/v1/ref/-/stream/stable/versions/latest/image.json"
        for args, name in ((RESOLVE, "images/v2.8.0.json"), (MEASURE, "measurements/gcp/v2.8.0/measurements.yaml"),
                           (("versions",), list_name), (("versions", "--latest"), list_name),
                           (("config", "generate", "gcp"), list_name),
                           (("config", "fetch-measurements", "--key", f"{KEYS}/publisher.pub"),
                            "measurements/gcp/v2.8.0/measurements.yaml")):
            outcome = world.run(*args, "--offline", "--repository", base, under=traced(world))
            equal((outcome.status, outcome.out), (8, ""), f"outcome of {args[0]}")
            contains(outcome.message, f"{base}/{name}: {reason}")
            equal(calls(world), [], "network calls")
        equal(server.connections, 0, "connections")


def case_offline_says_so_of_the_default_repository(world):
    fails(world.run(*RESOLVE, "--offline", under=traced(world)), 8,
          "https://cdn.confidential.cloud/images/v2.8.0.json: not fetched: --offline forbids the network")
    equal(calls(world), [], "network calls")


def case_offline_needs_no_network_for_what_is_here(world):
    put_table(world, "v2.8.0.json")
    succeeds(world.run(*RESOLVE, "--offline"))
    succeeds(world.run(*MEASURE, "--offline", "--repository", f"{web.REPOSITORIES}/good-v2"))
    outcome = world.run("resolve", "v2.8.0", "--csp", "qemu", "--variant", "qemu-vtpm", "--offline", "--download",
                        "image.raw", under=traced(world))
    equal((outcome.status, calls(world), os.path.exists(world.path("image.raw"))), (8, [], False), "outcome")
    equal([name for name in os.listdir(world.folder) if name.startswith("image")], [], "files left")


def waiting_in(pipe):
    """The bytes that nobody has taken out of it yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def case_offline_is_told_to_the_kernel(world):
    """When the program takes its input, the kernel already filters its calls."""
    with open("/proc/self/status") as status:
        ours = [line.split()[1] for line in status if line.startswith("Seccomp:")]
    for options, want in ((("--offline",), ["2"]), ((), ours)):
        process = subprocess.Popen([world.program, "resolve", "--terraform", *options], cwd=world.folder,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env={"HOME": world.folder})
        with process:
            os.write(process.stdin.fileno(), b"{")
            web.wait_until(lambda: process.poll() is not None or waiting_in(process.stdin) == 0, "input taken")
            with open(f"/proc/{process.pid}/status") as status:
                have = [line.split()[1] for line in status if line.startswith("Seccomp:")]
        if not ours:
            raise web.Skip("this kernel has no seccomp")
        equal(have, want, "Seccomp")


DENIED = """
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#include "resolver/cli/offline.h"
int main(void)
{
    int before = socket(AF_INET, SOCK_STREAM, 0);

    offline_enforce();
    if (before < 0 || socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM)
        return 1;
    return socket(AF_UNIX, SOCK_DGRAM, 0) < 0 && close(before) == 0 ? 0 : 2;
}
"""


def case_a_socket_is_denied(world):
    """What --offline tells the kernel, with a call that the programs never make."""
    cc = web.tool(os.environ.get("CC", "cc"))
    source = world.write("denied.c", DENIED)
    subprocess.run([cc, "-std=c11", "-D_GNU_SOURCE", f"-I{web.ROOT}", "-o", world.path("denied"), source,
                    f"{web.ROOT}/resolver/cli/offline.c"], check=True)
    equal(subprocess.run([world.path("denied")]).returncode, 0, "status")
