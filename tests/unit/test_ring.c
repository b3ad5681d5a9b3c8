#include "bundle/archive/ring.h"

#include <stdatomic.h>
#include <string.h>

#include "tests/unit/test.h"

#define SLOTS 8
#define PIECES 500

/* Pieces are numbers; work squares them, follow adds them up in order. */
struct sums {
    unsigned piece[SLOTS], square[SLOTS];
    atomic_uint busy[RING_WORKERS_MAX]; /* calls of work that are running, by worker */
    bool clash;
    unsigned expected; /* the piece that follow is to see next */
    bool out_of_order;
    bool square_missing;
    bool follows_work;
};

static void square(void *ctx, size_t worker, size_t slot)
{
    struct sums *sums = ctx;

    if (atomic_fetch_add(&sums->busy[worker], 1) != 0)
        sums->clash = true;
    for (volatile unsigned spin = 0; spin < sums->piece[slot] % 7 * 100; spin++)
        continue;
    sums->square[slot] = sums->piece[slot] * sums->piece[slot];
    atomic_fetch_sub(&sums->busy[worker], 1);
}

static void in_order(void *ctx, size_t slot)
{
    struct sums *sums = ctx;

    sums->out_of_order = sums->out_of_order || sums->piece[slot] != sums->expected;
    if (sums->follows_work && sums->square[slot] != sums->expected * sums->expected)
        sums->square_missing = true;
    sums->expected++;
}

static void run(struct sums *sums, size_t slots, size_t workers, bool follows_work)
{
    const struct ring_jobs jobs = {
        .ctx = sums, .work = square, .follow = in_order, .follows_work = follows_work};
    unsigned put = 0, taken = 0;
    struct ring ring;
    size_t slot;

    memset(sums, 0, sizeof *sums);
    sums->follows_work = follows_work;
    ring_start(&ring, &jobs, slots, workers);
    while (taken < PIECES) {
        if (put < PIECES && ring_next(&ring, &slot)) {
            sums->piece[slot] = put++;
            ring_put(&ring);
            continue;
        }
        CHECK(ring_take(&ring, &slot));
        CHECK_NUMBER(taken * taken, sums->square[slot]);
        taken++;
        ring_release(&ring);
    }
    CHECK(!ring_take(&ring, &slot));
    ring_stop(&ring);
    CHECK(!sums->clash && !sums->out_of_order && !sums->square_missing);
    CHECK_NUMBER(PIECES, sums->expected);
}

TEST(ring_gives_pieces_back_in_order)
{
    static const size_t workers[] = {0, 1, 2, 5, RING_WORKERS_MAX, 1000};
    struct sums sums;

    for (size_t i = 0; i < sizeof workers / sizeof workers[0]; i++) {
        for (size_t slots = 1; slots <= SLOTS; slots += 3) {
            run(&sums, slots, workers[i], false);
            run(&sums, slots, workers[i], true);
        }
    }
}

TEST(ring_stops_with_pieces_inside)
{
    struct sums sums = {.expected = 0};
    const struct ring_jobs jobs = {.ctx = &sums, .work = square, .follow = in_order};
    struct ring ring;
    size_t slot;

    ring_start(&ring, &jobs, SLOTS, 2);
    while (ring_next(&ring, &slot)) {
        sums.piece[slot] = 1000000;
        ring_put(&ring);
    }
    ring_stop(&ring);
    CHECK(ring_processors() >= 1);
}

static void work_alone(void *ctx, size_t worker, size_t slot)
{
    unsigned *pieces = ctx;

    CHECK_NUMBER(0, worker);
    pieces[slot]++;
}

TEST(ring_needs_neither_threads_nor_a_follower)
{
    unsigned pieces[1] = {0};
    const struct ring_jobs jobs = {.ctx = pieces, .work = work_alone};
    struct ring ring;
    size_t slot;

    ring_start(&ring, &jobs, 1, 0);
    CHECK(!ring_take(&ring, &slot));
    CHECK(ring_next(&ring, &slot));
    ring_put(&ring);
    CHECK(!ring_next(&ring, &slot));
    CHECK(ring_take(&ring, &slot));
    CHECK_NUMBER(1, pieces[0]);
    ring_release(&ring);
    CHECK(ring_next(&ring, &slot));
    ring_stop(&ring);
}
