/*
 * verdicts.c - what the core says of every fixture, one line each, on whatever machine it runs. The lines
 * must be the same everywhere. The cases are the lines of build/embedded-cases: a word and paths.
 */
#include <string.h>

#include "resolver/core/measurements.h"
#include "resolver/core/select.h"
#include "resolver/core/signature.h"
#include "resolver/crypto/sha256.h"
#include "tests/embedded/board.h"

#define CASES "build/embedded-cases"
#define DOCUMENT "fixtures/signatures/document.txt"
#define FILE_SIZE ((size_t)128 << 10)

#ifdef __linux__
#define OUTSIDE
#else
#define OUTSIDE __attribute__((section(".outside")))
#endif

/* What would be in flash; the core's own memory is small. */
static uint8_t cases[FILE_SIZE] OUTSIDE, file[FILE_SIZE] OUTSIDE, key_file[FILE_SIZE] OUTSIDE;
static _Alignas(16) unsigned char memory[32 << 10];

static void say_slice(struct slice text)
{
    char line[256];
    size_t len = text.len < sizeof line ? text.len : sizeof line - 1;

    memcpy(line, text.ptr, len);
    line[len] = '\0';
    board_say(line);
}

static void say_verdict(enum err_code rc, const struct err *err, const char *answer)
{
    board_say(": ");
    board_say(err_name(rc));
    board_say(" ");
    board_say(rc ? err->msg : answer);
}

static struct slice read_file(struct slice path, uint8_t *out)
{
    char name[256];
    size_t size;

    memcpy(name, path.ptr, path.len < sizeof name ? path.len : 0);
    name[path.len < sizeof name ? path.len : 0] = '\0';
    size = board_read(name, out, FILE_SIZE);
    if (size == SIZE_MAX) {
        board_say(": cannot be read\n");
        board_exit(1);
    }
    return slice_of(out, size);
}

static void judge_table(struct slice bytes, struct arena *arena)
{
    struct table table;
    struct err err = {ERR_OK, ""};
    enum err_code rc = table_parse(bytes, arena, &table, &err);

    say_verdict(rc, &err, "");
    for (int csp = CSP_AWS; rc == ERR_OK && csp < CSP_COUNT; csp++) {
        struct request request = {.csp = (enum csp)csp};
        const struct table_entry *entry;
        enum err_code selected = select_entry(&table, &request, &entry, &err);

        say_verdict(selected, &err, "");
        if (selected == ERR_OK)
            say_slice(entry_reference(entry));
    }
}

static void judge_measurements(struct slice bytes, struct arena *arena)
{
    const struct verified document = {.bytes = bytes};
    struct measurements measurements;
    struct request request;
    struct err err = {ERR_OK, ""};
    enum err_code rc = request_parse(SLICE("v2.2.0"), SLICE("azure"), SLICE(""), SLICE(""), &request,
                                     &err);
    uint8_t digest[SHA256_SIZE];

    if (!rc)
        rc = measurements_parse(&document, &request, arena, &measurements, &err);
    say_verdict(rc, &err, "");
    for (size_t i = 0; rc == ERR_OK && i < REGISTER_COUNT; i++) {
        const struct measurement *at = &measurements.registers[i];

        sha256_of(slice_of(at->expected, sizeof at->expected), digest);
        board_say_number(at->is_set ? " set " : " none ", digest[0], at->warn_only ? " warn" : "");
    }
}

static void judge_key(struct slice bytes)
{
    struct err err = {ERR_OK, ""};
    struct pubkey key;
    enum err_code rc = pubkey_parse(bytes, &key, &err);
    char type[16] = "";

    if (rc == ERR_OK)
        pubkey_type_text(&key, type);
    say_verdict(rc, &err, type);
}

static void judge_signature(struct slice bytes, struct slice pem, const uint8_t digest[SHA256_SIZE],
                            struct arena *arena)
{
    struct signature signature;
    struct err err = {ERR_OK, ""};
    struct pubkey key;
    enum err_code rc = pubkey_parse(pem, &key, &err);

    if (!rc)
        rc = signature_parse(bytes, arena, &signature, &err);
    if (!rc)
        rc = signature_check(&signature, &key, digest, &err);
    say_verdict(rc, &err, rc == ERR_OK && signature.has_log ? "log" : "");
}

static void judge(struct slice line, const uint8_t digest[SHA256_SIZE])
{
    struct slice rest = line, kind = slice_cut(&rest, ' '), path = slice_cut(&rest, ' ');
    struct slice bytes;
    struct arena arena;

    arena_init_fixed(&arena, memory, sizeof memory);
    say_slice(line);
    bytes = read_file(path, file);
    if (slice_is(kind, "table"))
        judge_table(bytes, &arena);
    else if (slice_is(kind, "measurements"))
        judge_measurements(bytes, &arena);
    else if (slice_is(kind, "key"))
        judge_key(bytes);
    else
        judge_signature(bytes, read_file(rest, key_file), digest, &arena);
    board_say("\n");
}

int main(void)
{
    struct slice rest = read_file(SLICE(CASES), cases);
    uint8_t digest[SHA256_SIZE];

    sha256_of(read_file(SLICE(DOCUMENT), file), digest);
    while (rest.len > 0)
        judge(slice_cut(&rest, '\n'), digest);
    if (board_stack_used() == SIZE_MAX)
        board_say("FAILED: the stack has no room\n");
    return board_stack_used() == SIZE_MAX;
}
