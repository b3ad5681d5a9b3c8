#include "bundle/publish/gcloud.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "resolver/base/heap.h"
#include "resolver/base/quote.h"
#include "resolver/source/file.h"

#define PIECE 4096
#define GRACE_MS 2000 /* between the request to end and the end */

static const char *const settings[] = {
    "CLOUDSDK_CORE_DISABLE_PROMPTS=1",
    "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=true",
    "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=1",
    "CLOUDSDK_SURVEY_DISABLE_PROMPTS=true",
    "CLOUDSDK_STORAGE_PARALLEL_COMPOSITE_UPLOAD_ENABLED=False",
};

#define SETTINGS (sizeof settings / sizeof settings[0])

/* --- Where it is, and what it is given ---------------------------------------------------------- */

static bool is_set_by_us(const char *variable)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        size_t len = (size_t)(strchr(settings[i], '=') - settings[i]) + 1;

        if (strncmp(variable, settings[i], len) == 0)
            return true;
    }
    return false;
}

static enum err_code make_environment(char *const *from, struct arena *arena,
                                      struct gcloud *gcloud, struct err *err)
{
    size_t count = 0, used = 0;
    const char **list;

    while (from[count])
        count++;
    list = arena_array(arena, count + SETTINGS + 1, sizeof *list, err);
    if (!list)
        return err->code;
    for (size_t i = 0; i < count; i++) {
        if (!is_set_by_us(from[i]))
            list[used++] = from[i];
    }
    for (size_t i = 0; i < SETTINGS; i++)
        list[used++] = settings[i];
    gcloud->environment = (char *const *)list;
    return ERR_OK;
}

static enum err_code search_path(const char *search, struct arena *arena, struct gcloud *gcloud,
                                 struct err *err)
{
    struct slice rest = slice_text(search);
    char path[PATH_MAX];

    while (rest.len) {
        struct slice folder = slice_cut(&rest, ':');
        int len = snprintf(path, sizeof path, "%.*s/gcloud", (int)folder.len, folder.ptr);

        if (folder.len == 0 || len >= (int)sizeof path || access(path, X_OK))
            continue;
        gcloud->path = arena_copy(arena, slice_text(path), err);
        return gcloud->path ? ERR_OK : err->code;
    }
    return err_set(err, ERR_TOOL, "gcloud is not installed: it is not in PATH, and --gcloud is not given");
}

enum err_code gcloud_find(const char *given, const char *search, char *const *environment,
                          struct arena *arena, struct gcloud *gcloud, struct err *err)
{
    memset(gcloud, 0, sizeof *gcloud);
    gcloud->path = given;
    if (given && access(given, X_OK))
        return err_set(err, ERR_TOOL, "gcloud %s: %s", quote_bare(slice_text(given)).text,
                       strerror(errno));
    if (!given && search_path(search, arena, gcloud, err) != ERR_OK)
        return err->code;
    return make_environment(environment, arena, gcloud, err);
}

/* --- One run ------------------------------------------------------------------------------------ */

struct run {
    pid_t child;
    int output, errors; /* read ends; -1 when closed */
    int signals;
    uint64_t deadline_ms;
    int interrupted_by; /* a signal, or 0 */
    sigset_t before;
};

/* This system's fault, not gcloud's. */
static enum err_code failed(struct err *err)
{
    return err_set(err, file_errno_code(errno), "gcloud: %s", strerror(errno));
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int start_child(const struct gcloud *gcloud, const char *const *argv, int output,
                       int errors, const sigset_t *mask, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    int rc;

    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, mask);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, output, 1);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, errors, 2);
    if (rc == 0)
        rc = posix_spawn(child, gcloud->path, &actions, &attributes, (char *const *)argv,
                         gcloud->environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

static enum err_code start(const struct gcloud *gcloud, const char *const *argv, struct run *run,
                           struct err *err)
{
    int output[2], errors[2], rc;

    if (pipe2(output, O_CLOEXEC))
        return failed(err);
    if (pipe2(errors, O_CLOEXEC)) {
        failed(err);
        close(output[0]);
        close(output[1]);
        return err->code;
    }
    rc = start_child(gcloud, argv, output[1], errors[1], &run->before, &run->child);
    close(output[1]);
    close(errors[1]);
    run->output = output[0];
    run->errors = errors[0];
    if (rc == 0)
        return ERR_OK;
    run->child = 0;
    return err_set(err, ERR_TOOL, "gcloud %s: %s", quote_bare(slice_text(gcloud->path)).text,
                   strerror(rc));
}

/* Takes what a pipe has; what goes over the buf's limit is dropped, and the buf says so. */
static enum err_code take(int *fd, struct buf *into, struct err *err)
{
    uint8_t piece[PIECE];
    ssize_t count = read(*fd, piece, sizeof piece);
    bool was_full = into->failed;

    if (count < 0)
        return errno == EINTR ? ERR_OK : failed(err);
    if (count == 0) {
        close(*fd);
        *fd = -1;
        return ERR_OK;
    }
    buf_add(into, slice_of(piece, (size_t)count));
    if (into->failed && !was_full && into->len + (size_t)count <= into->max_bytes)
        return err_set(err, ERR_LIMIT, "gcloud: out of memory for its answer");
    return ERR_OK;
}

static void take_signal(struct run *run)
{
    struct signalfd_siginfo info;

    if (read(run->signals, &info, sizeof info) == (ssize_t)sizeof info)
        run->interrupted_by = (int)info.ssi_signo;
}

static enum err_code listen(const struct gcloud *gcloud, struct run *run,
                            struct gcloud_result *result, struct err *err)
{
    while (run->output >= 0 || run->errors >= 0) {
        struct pollfd fds[] = {{run->output, POLLIN, 0},
                               {run->errors, POLLIN, 0},
                               {run->signals, POLLIN, 0}};
        uint64_t now = now_ms();

        if (now >= run->deadline_ms)
            return err_set(err, ERR_TOOL,
                           "gcloud: no end after %u s: it was stopped; look whether it has done anything "
                           "before trying again", gcloud->timeout_ms / 1000);
        if (poll(fds, 3, (int)(run->deadline_ms - now)) < 0 && errno != EINTR)
            return failed(err);
        if (fds[2].revents)
            take_signal(run);
        if (run->interrupted_by)
            return err_set(err, ERR_TOOL, "gcloud: interrupted");
        if ((fds[0].revents && take(&run->output, &result->output, err) != ERR_OK) ||
            (fds[1].revents && take(&run->errors, &result->errors, err) != ERR_OK))
            return err->code;
        if (result->output.failed)
            return err_set(err, ERR_TOOL, "gcloud: more than %zu bytes of output",
                           GCLOUD_OUTPUT_MAX);
    }
    return ERR_OK;
}

/* 0 while it runs. */
static pid_t look_at_child(const struct run *run, int *status)
{
    pid_t ended;

    do {
        ended = waitpid(run->child, status, WNOHANG);
    } while (ended < 0 && errno == EINTR);
    return ended;
}

/* Waits for the child; kills its group, when that is wanted or its time is over. *status is waitpid's. */
static enum err_code end_child(const struct run *run, bool is_killed, int *status, struct err *err)
{
    uint64_t until = is_killed ? now_ms() + GRACE_MS : run->deadline_ms;
    pid_t ended;

    if (is_killed)
        kill(-run->child, SIGTERM);
    while ((ended = look_at_child(run, status)) == 0) {
        const struct timespec pause = {0, 5000000};

        if (now_ms() >= until) {
            kill(-run->child, SIGKILL);
            until = UINT64_MAX;
        }
        nanosleep(&pause, NULL);
    }
    if (ended < 0)
        return failed(err);
    kill(-run->child, SIGKILL); /* what it left behind */
    return ERR_OK;
}

static void judge(int status, struct gcloud_result *result)
{
    result->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    result->verdict = gcloud_text_judge(result->exit_status, buf_slice(&result->errors));
}

static enum err_code run_child(const struct gcloud *gcloud, const char *const *argv,
                               struct run *run, struct gcloud_result *result, struct err *err)
{
    enum err_code rc = start(gcloud, argv, run, err);
    struct err lost;
    int status = 0;

    if (rc != ERR_OK)
        return rc;
    rc = listen(gcloud, run, result, err);
    if (end_child(run, rc != ERR_OK, &status, rc == ERR_OK ? err : &lost) != ERR_OK)
        return rc == ERR_OK ? err->code : rc;
    judge(status, result);
    if (rc == ERR_OK && WIFSIGNALED(status))
        return err_set(err, ERR_TOOL, "gcloud: ended by signal %d; look whether it has done anything "
                       "before trying again", WTERMSIG(status));
    return rc;
}

enum err_code gcloud_run(const struct gcloud *gcloud, const char *const *argv,
                         struct gcloud_result *result, struct err *err)
{
    struct run run = {.output = -1, .errors = -1, .signals = -1};
    struct sigaction usual = {.sa_handler = SIG_DFL}, child_before;
    sigset_t watched;
    enum err_code rc;

    memset(result, 0, sizeof *result);
    result->verdict = GCLOUD_FAILED;
    buf_init_heap(&result->output, GCLOUD_OUTPUT_MAX);
    buf_init_heap(&result->errors, GCLOUD_ERRORS_MAX);
    sigemptyset(&watched);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGHUP);
    sigprocmask(SIG_BLOCK, &watched, &run.before);
    sigaction(SIGCHLD, &usual, &child_before); /* were it ignored, nobody could tell how gcloud ended */
    run.signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    run.deadline_ms = now_ms() + gcloud->timeout_ms;
    rc = run.signals < 0 ? failed(err)
                         : run_child(gcloud, argv, &run, result, err);
    for (size_t i = 0; i < 3; i++) {
        int fd = i == 0 ? run.output : i == 1 ? run.errors : run.signals;

        if (fd >= 0)
            close(fd);
    }
    sigaction(SIGCHLD, &child_before, NULL);
    sigprocmask(SIG_SETMASK, &run.before, NULL);
    if (run.interrupted_by)
        raise(run.interrupted_by);
    return rc;
}

enum err_code gcloud_refuse(const struct gcloud_result *result, struct err *err)
{
    const char *meaning = gcloud_text_meaning(result->verdict);
    struct slice line = gcloud_text_line(buf_slice(&result->errors));

    if (meaning[0])
        return err_set(err, ERR_TOOL, "gcloud: %s (it says: %s)", meaning, quote_bare(line).text);
    return err_set(err, ERR_TOOL, "gcloud: failed with status %d (it says: %s)",
                   result->exit_status, quote_bare(line).text);
}

void gcloud_result_free(struct gcloud_result *result)
{
    buf_clear(&result->output);
    buf_clear(&result->errors);
}
