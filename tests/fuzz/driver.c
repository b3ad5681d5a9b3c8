/*
 * driver.c - runs a fuzz target over files and over mutations of them, the same ones each time.
 *
 *     fuzz_json [--mutations N] FILE-OR-FOLDER...     all files (folders recursively), N mutations
 *                                                     each at most (default 64, fewer of large ones)
 *     fuzz_json --one N FILE                          mutation N of FILE alone (0: as it is), in
 *                                                     this very process, for a debugger
 *
 * The target runs in a child process: when that dies, or works on one input for longer than
 * SECONDS_MAX, the file counts as failed, the line that reproduces it is printed, and a new child
 * goes on with the next file. The last line is "N passed, N failed", counting files; exit status 1
 * when one failed or there was none.
 */
#include <ftw.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define FILES_MAX 20000
#define FILE_BYTES_MAX ((size_t)1 << 20)   /* more of a file is not read */
#define BYTES_PER_FILE ((size_t)256 << 10) /* bytes of mutations made of one file, about */
#define MUTATIONS_MIN 8
#define SECONDS_MAX 20 /* of the processor, for one input, with sanitizers */

static struct {
    char *paths[FILES_MAX];
    size_t count;
} files;

/* Where the child is: in memory shared with its parent. */
struct progress {
    size_t file;
    size_t mutation;
    size_t inputs;
};

/* One input: never longer than twice the file and a bit. */
struct input {
    uint8_t *bytes;
    size_t len;
};

static int note_file(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)where;
    if (type == FTW_F && files.count < FILES_MAX)
        files.paths[files.count++] = strdup(path);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct input read_file(const char *path)
{
    struct input input = {malloc(FILE_BYTES_MAX), 0};
    FILE *file = fopen(path, "rb");

    if (!input.bytes || !file) {
        perror(path);
        exit(1);
    }
    input.len = fread(input.bytes, 1, FILE_BYTES_MAX, file);
    fclose(file);
    return input;
}

/* splitmix64: small, and the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static size_t random_below(uint64_t *state, size_t limit)
{
    return limit ? (size_t)(next_random(state) % limit) : 0;
}

/* A byte that means something in one format or another. */
static uint8_t telling_byte(uint64_t *state)
{
    static const char bytes[] = "\0\xFF\x7F\x80\n\r\t \"'\\{}[],:#-%&*!|>0919aAzZ=/.+\x30\x82\x02\x06";

    return (uint8_t)bytes[random_below(state, sizeof bytes - 1)];
}

static void set_number(struct input *input, size_t at, uint64_t *state)
{
    static const uint64_t numbers[] = {0,          1,          0x7F,       0xFF,       0x7FFF,
                                       0xFFFF,     0x7FFFFFFF, 0xFFFFFFFF, UINT64_MAX, UINT64_MAX / 2,
                                       0x80000000, 0x10000};
    uint64_t number = numbers[random_below(state, sizeof numbers / sizeof numbers[0])];
    size_t width = (size_t)1 << random_below(state, 4);
    bool is_big_endian = random_below(state, 2);

    for (size_t i = 0; i < width && at + i < input->len; i++) {
        size_t shift = 8 * (is_big_endian ? width - 1 - i : i);

        input->bytes[at + i] = (uint8_t)(number >> shift);
    }
}

static void insert(struct input *input, size_t at, const uint8_t *piece, size_t len)
{
    memmove(input->bytes + at + len, input->bytes + at, input->len - at);
    memcpy(input->bytes + at, piece, len);
    input->len += len;
}

static void drop(struct input *input, size_t at, size_t len)
{
    memmove(input->bytes + at, input->bytes + at + len, input->len - at - len);
    input->len -= len;
}

/* Repeats a part of the input right after itself. */
static void repeat(struct input *input, size_t at, size_t len)
{
    uint8_t *piece = malloc(len + 1);

    if (!piece)
        exit(1);
    memcpy(piece, input->bytes + at, len);
    insert(input, at, piece, len);
    free(piece);
}

/* Makes mutation `number` (from 1) of the file out of its bytes; there is room for twice as many. */
static void mutate(struct input *input, size_t number, uint64_t *state)
{
    size_t at = random_below(state, input->len), left = input->len - at;
    uint8_t byte;

    switch (number % 8) {
    case 0:
        input->len = at;
        break;
    case 1:
    case 2:
        input->bytes[at] ^= (uint8_t)(1u << random_below(state, 8));
        break;
    case 3:
        input->bytes[at] = telling_byte(state);
        break;
    case 4:
        byte = number % 16 == 4 ? '\0' : telling_byte(state);
        insert(input, at, &byte, 1);
        break;
    case 5:
        drop(input, at, 1 + random_below(state, left < 16 ? left : 16));
        break;
    case 6:
        repeat(input, number == 6 ? 0 : at, number == 6 ? input->len : random_below(state, left));
        break;
    default:
        set_number(input, at, state);
    }
}

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xCBF29CE484222325u;

    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 0x100000001B3u;
    return hash;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Lets SIGPROF end the process after so many seconds of its own, however long the machine stands still. */
static void limit_time(time_t seconds)
{
    const struct itimerval limit = {.it_value.tv_sec = seconds};

    if (setitimer(ITIMER_PROF, &limit, NULL))
        exit(1);
}

/* Runs the target on that mutation, in a block of just the size, so that no overrun goes unseen. */
static void run_one(const char *path, struct input original, size_t number)
{
    uint64_t state = hash_of(base_name(path)) + number;
    struct input input = {malloc(2 * original.len + 16), original.len};
    uint8_t *exact;

    if (!input.bytes)
        exit(1);
    memcpy(input.bytes, original.bytes, original.len);
    for (size_t i = 0; number > 0 && input.len > 0 && i < 1 + number / 24; i++)
        if (input.len <= original.len)
            mutate(&input, number + i, &state);
    exact = malloc(input.len ? input.len : 1);
    if (!exact)
        exit(1);
    memcpy(exact, input.bytes, input.len);
    free(input.bytes);
    limit_time(SECONDS_MAX);
    LLVMFuzzerTestOneInput(exact, input.len);
    limit_time(0);
    free(exact);
}

static size_t mutations_of(size_t len, size_t most)
{
    size_t fitting = BYTES_PER_FILE / (len + 1);

    if (most < MUTATIONS_MIN || fitting > most)
        return most;
    return fitting < MUTATIONS_MIN ? MUTATIONS_MIN : fitting;
}

/* The child: all files from progress->file on. */
static void run_files(struct progress *progress, size_t mutations)
{
    for (; progress->file < files.count; progress->file++) {
        const char *path = files.paths[progress->file];
        struct input original = read_file(path);
        size_t most = mutations_of(original.len, mutations);

        for (progress->mutation = 0; progress->mutation <= most; progress->mutation++) {
            run_one(path, original, progress->mutation);
            progress->inputs++;
        }
        free(original.bytes);
    }
}

/* Runs a child until it is through or dead; true when it came through. */
static bool run_child(const char *program, struct progress *progress, size_t mutations)
{
    int status = 0;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        run_files(progress, mutations);
        exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("fuzz driver");
        exit(1);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (progress->file >= files.count) {
        printf("%s: failed at its end (a leak?)\n", program);
        return false;
    }
    printf("failed: %s --one %zu %s (%s %d)\n", program, progress->mutation,
           files.paths[progress->file], WIFSIGNALED(status) ? "signal" : "status",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return false;
}

static int run_all(const char *program, size_t mutations)
{
    struct progress *progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    size_t failed = 0;

    if (progress == MAP_FAILED) {
        perror("fuzz driver");
        return 1;
    }
    while (progress->file < files.count && !run_child(program, progress, mutations)) {
        failed++;
        progress->file++;
    }
    printf("%s: %zu inputs from %zu files\n", base_name(program), progress->inputs, files.count);
    printf("%zu passed, %zu failed\n", files.count > failed ? files.count - failed : 0, failed);
    return failed > 0 || files.count == 0;
}

static size_t number_of(const char *program, const char *text)
{
    char *end;
    unsigned long number = strtoul(text ? text : "", &end, 10);

    if (!text || !*text || *end) {
        fprintf(stderr, "usage: %s [--mutations N] FILE-OR-FOLDER... | --one N FILE\n", program);
        exit(2);
    }
    return (size_t)number;
}

int main(int argc, char **argv)
{
    size_t mutations = 64;
    int at = 1;

    if (argc == 4 && strcmp(argv[1], "--one") == 0) {
        struct input original = read_file(argv[3]);

        run_one(argv[3], original, number_of(argv[0], argv[2]));
        free(original.bytes);
        return 0;
    }
    if (argc > 2 && strcmp(argv[1], "--mutations") == 0) {
        mutations = number_of(argv[0], argv[2]);
        at = 3;
    }
    for (; at < argc; at++)
        nftw(argv[at], note_file, 16, FTW_PHYS);
    qsort(files.paths, files.count, sizeof files.paths[0], by_name);
    return run_all(argv[0], mutations);
}
