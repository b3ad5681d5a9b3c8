/*
 * image.c - the test image: the example on a board with little memory, and what it must refuse.
 * Says what it measured, and leaves with status 0 when all is as it must be.
 */
#include <string.h>

#include "tests/embedded/board.h"
#include "tests/embedded/example.h"

#define MEMORY_SIZE ((size_t)32 << 10)
#define TABLE_SIZE ((size_t)8 << 10)
#define GUARD_SIZE 64
#define PAINT 0xA5

/* What a call may write to, between two regions that it may not. */
static struct {
    unsigned char before[GUARD_SIZE];
    _Alignas(8) unsigned char bytes[MEMORY_SIZE];
    unsigned char after[GUARD_SIZE];
} memory;

static char table[TABLE_SIZE];
static struct sealift_error error;
static int failures;

static void expect(int is_so, const char *what)
{
    if (is_so)
        return;
    failures++;
    board_say("FAILED: ");
    board_say(what);
    board_say(": ");
    board_say(error.message);
    board_say("\n");
}

static void paint(void)
{
    memset(&memory, PAINT, sizeof memory);
}

/* Bytes of the memory, of which a call was given size, that were written to; beyond them none may be. */
static size_t used(size_t size)
{
    size_t end = MEMORY_SIZE;

    while (end > 0 && memory.bytes[end - 1] == PAINT)
        end--;
    expect(end <= size, "no write past the memory given");
    for (size_t i = 0; i < GUARD_SIZE; i++)
        expect(memory.before[i] == PAINT && memory.after[i] == PAINT, "the guards are whole");
    return end;
}

static void run_example(void)
{
    struct example_answer answer;

    paint();
    expect(example_run(EXAMPLE_GENUINE, memory.bytes, MEMORY_SIZE, &answer, &error) == SEALIFT_OK,
           "the flash resolves");
    expect(strcmp(answer.reference, "projects/p/global/images/v2-8-0") == 0, "the reference");
    expect(answer.pcr4[0] == 0x50 && answer.pcr4[31] == 0x5c, "PCR 4");
    board_say_number("memory used, the example: ", used(MEMORY_SIZE), " bytes\n");
    expect(example_run(EXAMPLE_FORGED, memory.bytes, MEMORY_SIZE, &answer, &error) ==
               SEALIFT_FORGED,
           "a forged copy is refused");
    expect(answer.reference[0] == '\0' && answer.pcr4[0] == 0, "nothing is said of it");
    board_say("the forged copy: ");
    board_say(error.message);
    board_say("\n");
}

/* Whatever the memory's size: either enough, or SEALIFT_LIMIT and not a byte beyond it. */
static void run_with_little_memory(void)
{
    struct example_answer answer;
    size_t size;
    int status = SEALIFT_LIMIT;

    for (size = 0; size < MEMORY_SIZE && status == SEALIFT_LIMIT; size += 56) {
        paint();
        status = example_run(EXAMPLE_GENUINE, memory.bytes, size, &answer, &error);
        used(size);
    }
    expect(status == SEALIFT_OK, "it is enough or SEALIFT_LIMIT");
}

/* How the table is handed over: where it stands, as a copy, or as larger than anybody may want. */
enum handing { IN_PLACE, COPIED, TOO_LARGE };

static enum sealift_answer get_table(void *context, const char *name, size_t max_size,
                                     struct sealift_memory *area, struct sealift_bytes *document)
{
    const enum handing *how = context;
    char *copy;

    if (strcmp(name, "images/v2.8.0.json") != 0)
        return SEALIFT_ABSENT;
    *document = (struct sealift_bytes){table, *how == TOO_LARGE ? max_size + 1 : strlen(table)};
    if (*how != COPIED)
        return SEALIFT_FOUND;
    copy = sealift_alloc(area, document->size);
    if (!copy)
        return SEALIFT_FAILED;
    memcpy(copy, table, document->size);
    document->data = copy;
    return SEALIFT_FOUND;
}

static int resolve_table(enum handing how, size_t size, struct sealift_reference *image)
{
    const struct sealift_source source = {.context = &how, .name = "ram", .get = get_table};
    const struct sealift_request request = {.uid = "v2.8.0", .csp = "gcp"};

    paint();
    return sealift_resolve(&request, NULL, &source, NULL, memory.bytes, size, image, &error);
}

/* A table as the newest form has it, as full as it can be. */
static void fill_table(void)
{
    char entry[] = "{\"csp\":\"AWS\",\"attestationVariant\":\"aws-sev-snp\","
                   "\"reference\":\"ami-0123456789abcdef0\",\"region\":\"region-00\"},";
    char last[] = "{\"csp\":\"GCP\",\"attestationVariant\":\"gcp-sev-es\",\"reference\":\"last\"}]}";
    char *digits = strstr(entry, "-00") + 1;

    strncpy(table, "{\"version\":\"v2.8.0\",\"ref\":\"-\",\"stream\":\"stable\",\"list\":[", sizeof table);
    for (size_t i = 0; strlen(table) + sizeof entry + sizeof last < TABLE_SIZE; i++) {
        digits[0] = (char)('0' + i / 10);
        digits[1] = (char)('0' + i % 10);
        strncat(table, entry, sizeof table - strlen(table) - 1);
    }
    strncat(table, last, sizeof table - strlen(table) - 1);
}

static void run_full_table(void)
{
    struct sealift_reference image;
    size_t most;

    fill_table();
    expect(resolve_table(IN_PLACE, MEMORY_SIZE, &image) == SEALIFT_OK &&
               strcmp(image.reference, "last") == 0,
           "a full table resolves");
    most = used(MEMORY_SIZE);
    board_say_number("a table of ", strlen(table), " bytes\n");
    board_say_number("memory used, that table: ", most, " bytes\n");
}

/* What is too much, each time with guards around the memory: SEALIFT_LIMIT, and no answer. */
static void refuse(enum handing how, size_t size, const char *what)
{
    struct sealift_reference image;

    expect(resolve_table(how, size, &image) == SEALIFT_LIMIT && !image.reference, what);
    used(size);
    board_say(what);
    board_say(": ");
    board_say(error.message);
    board_say("\n");
}

static void run_too_large(void)
{
    refuse(IN_PLACE, TABLE_SIZE, "a memory too small for the table");
    refuse(COPIED, TABLE_SIZE / 2, "a table larger than the buffer");
    refuse(TOO_LARGE, MEMORY_SIZE, "a document larger than any may be");
}

int main(void)
{
    run_example();
    run_with_little_memory();
    run_full_table();
    run_too_large();
    board_say_number("stack used: ", board_stack_used(), " bytes\n");
    expect(board_stack_used() != SIZE_MAX, "the stack has room");
    board_say(failures ? "FAILED\n" : "passed\n");
    return failures != 0;
}
