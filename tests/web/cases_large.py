"""4 GiB over TLS, broken off 20 times: the program killed, or the connection cut."""
import random
import signal
import socket
import time

import web
from cases_nginx import Relay, write_image
from cases_download import digest, files, put_table, start
from web import MIB, below, equal

SIZE = 4096 * MIB
BREAKS = 20


class Cutting(Relay):
    """Counts what it brings, and cuts the connection when told to."""

    def bring(self, there, here):
        self.ends = here, there
        super().bring(there, here)

    def cut(self):
        for end in self.ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:  # it has ended already
                pass


def break_off(world, relay, process, number):
    """Kills the program or cuts its connection; returns the program that goes on."""
    if number % 2:
        relay.cut()
        return process
    process.send_signal(signal.SIGKILL)
    equal(process.wait(), -signal.SIGKILL, "status")
    return start(world)


def case_4_gib_broken_off_20_times(world):
    make, begin = random.Random(11), time.monotonic()
    served = world.mirror.path(f"huge-{world.name}")
    want = write_image(served, SIZE)
    with Cutting(world.mirror.https_port, []) as relay:
        put_table(world, f"https://localhost:{relay.port}/huge-{world.name}")
        process = start(world)
        for number, place in enumerate(sorted(make.randrange(SIZE) for _ in range(BREAKS))):
            while relay.carried < place and process.poll() is None:
                time.sleep(0.001)
            process = break_off(world, relay, process, number)
        peak_kib = web.wait_for(process, 1200)
        equal(process.returncode, 0, "status")
        print(f"{world.name}: 4 GiB in {time.monotonic() - begin:.0f} s, {relay.carried / SIZE:.4f} of the bytes "
              f"carried, peak {peak_kib} KiB")
    equal((files(world), digest(world.path("image"))), (["image"], want), "file")
    below(relay.carried, 1.05 * SIZE, "bytes that were carried")
    below(peak_kib, 8 << 10, "KiB of memory")
