#include "bundle/archive/ring.h"

#include <sched.h>
#include <signal.h>
#include <string.h>

#define STACK_BYTES ((size_t)512 << 10)

unsigned ring_processors(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set))
        return 1;
    return CPU_COUNT(&set) > 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

/* Takes the number of the next piece to work on; false at the end. With the lock held. */
static bool claim(struct ring *ring, size_t *slot)
{
    while (!ring->stop && ring->claimed == ring->put)
        pthread_cond_wait(&ring->came, &ring->lock);
    if (ring->stop)
        return false;
    *slot = (size_t)(ring->claimed++ % ring->slots);
    return true;
}

static void *run_worker(void *arg)
{
    struct ring *ring = arg;
    size_t number, slot;

    pthread_mutex_lock(&ring->lock);
    number = ring->workers++;
    while (claim(ring, &slot)) {
        pthread_mutex_unlock(&ring->lock);
        ring->jobs.work(ring->jobs.ctx, number, slot);
        pthread_mutex_lock(&ring->lock);
        ring->worked[slot] = true;
        pthread_cond_broadcast(&ring->done);
    }
    pthread_mutex_unlock(&ring->lock);
    return NULL;
}

static bool can_follow(const struct ring *ring)
{
    return ring->followed < ring->put &&
           (!ring->jobs.follows_work || ring->worked[ring->followed % ring->slots]);
}

static void *run_follower(void *arg)
{
    struct ring *ring = arg;

    pthread_mutex_lock(&ring->lock);
    while (!ring->stop) {
        if (!can_follow(ring)) {
            pthread_cond_wait(&ring->done, &ring->lock);
            continue;
        }
        pthread_mutex_unlock(&ring->lock);
        ring->jobs.follow(ring->jobs.ctx, (size_t)(ring->followed % ring->slots));
        pthread_mutex_lock(&ring->lock);
        ring->followed++;
        pthread_cond_broadcast(&ring->done);
    }
    pthread_mutex_unlock(&ring->lock);
    return NULL;
}

static bool start_thread(struct ring *ring, void *(*run)(void *))
{
    pthread_attr_t attributes;
    bool is_started;

    if (pthread_attr_init(&attributes))
        return false;
    is_started = pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0 &&
                 pthread_create(&ring->threads[ring->thread_count], &attributes, run, ring) == 0;
    ring->thread_count += is_started;
    pthread_attr_destroy(&attributes);
    return is_started;
}

void ring_start(struct ring *ring, const struct ring_jobs *jobs, size_t slots, size_t workers)
{
    sigset_t all, before;

    memset(ring, 0, sizeof *ring);
    ring->jobs = *jobs;
    ring->slots = slots;
    pthread_mutex_init(&ring->lock, NULL);
    pthread_cond_init(&ring->came, NULL);
    pthread_cond_init(&ring->done, NULL);
    /* Signals are for the caller's thread. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (ring->thread_count < workers && ring->thread_count < RING_WORKERS_MAX &&
           start_thread(ring, run_worker))
        continue;
    if (ring->thread_count > 0 && jobs->follow)
        ring->has_follower = start_thread(ring, run_follower);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool ring_next(const struct ring *ring, size_t *slot)
{
    *slot = (size_t)(ring->put % ring->slots);
    return ring->put - ring->taken < ring->slots;
}

void ring_put(struct ring *ring)
{
    size_t slot = (size_t)(ring->put % ring->slots);

    pthread_mutex_lock(&ring->lock);
    ring->worked[slot] = ring->thread_count == 0;
    ring->put++;
    pthread_cond_signal(&ring->came);
    pthread_cond_broadcast(&ring->done);
    pthread_mutex_unlock(&ring->lock);
    if (ring->thread_count == 0)
        ring->jobs.work(ring->jobs.ctx, 0, slot);
}

bool ring_take(struct ring *ring, size_t *slot)
{
    *slot = (size_t)(ring->taken % ring->slots);
    if (ring->taken == ring->put)
        return false;
    pthread_mutex_lock(&ring->lock);
    while (!ring->worked[*slot] || (ring->has_follower && ring->followed == ring->taken))
        pthread_cond_wait(&ring->done, &ring->lock);
    pthread_mutex_unlock(&ring->lock);
    if (ring->jobs.follow && !ring->has_follower)
        ring->jobs.follow(ring->jobs.ctx, *slot);
    return true;
}

void ring_release(struct ring *ring)
{
    ring->taken++;
}

void ring_stop(struct ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    ring->stop = true;
    pthread_cond_broadcast(&ring->came);
    pthread_cond_broadcast(&ring->done);
    pthread_mutex_unlock(&ring->lock);
    for (size_t i = 0; i < ring->thread_count; i++)
        pthread_join(ring->threads[i], NULL);
    pthread_cond_destroy(&ring->came);
    pthread_cond_destroy(&ring->done);
    pthread_mutex_destroy(&ring->lock);
}
