#include "resolver/cli/terraform.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "resolver/base/heap.h"
#include "resolver/cli/session.h"
#include "tests/unit/test.h"

static struct arena arena;

/* A descriptor from which those bytes can be read. */
static int descriptor_of(struct slice bytes)
{
    int fd = memfd_create("query", MFD_CLOEXEC);

    CHECK(fd >= 0 && write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static struct question read_query(struct slice bytes, enum err_code code, const char *message)
{
    static const struct question zeroed;
    int fd = descriptor_of(bytes);
    struct question question;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    memset(&question, 0xA5, sizeof question);
    CHECK_ERR(code, message, terraform_read(fd, &arena, &question, &err), err);
    if (code)
        CHECK(memcmp(&question, &zeroed, sizeof zeroed) == 0);
    close(fd);
    return question;
}

TEST(terraform_reads_all_keys)
{
    struct question question = read_query(
        SLICE("{\"uid\": \"v2.2.0\", \"csp\": \"aws\", \"region\": \"us-east-1\", \"variant\": "
              "\"aws-sev-snp\", \"repository\": \"/srv/images\", \"config\": \"c.yaml\", \"keys\": "
              "\"a.pub,b.pub\"}\n"),
        ERR_OK, NULL);

    CHECK_TEXT("v2.2.0", question.uid);
    CHECK_TEXT("aws", question.csp);
    CHECK_TEXT("us-east-1", question.region);
    CHECK_TEXT("aws-sev-snp", question.variant);
    CHECK_TEXT("/srv/images", slice_text(question.repository));
    CHECK_TEXT("c.yaml", slice_text(question.config));
    CHECK_TEXT("a.pub,b.pub", question.keys);
    arena_clear(&arena);
}

TEST(terraform_takes_empty_strings_for_none)
{
    struct question question = read_query(
        SLICE("{\"region\": \"\", \"repository\": \"\", \"config\": \"\", \"uid\": \"v1.0.0\"}"),
        ERR_OK, NULL);

    CHECK_TEXT("v1.0.0", question.uid);
    CHECK_NUMBER(0, question.region.len);
    CHECK(question.repository == NULL && question.config == NULL);
    arena_clear(&arena);
    question = read_query(SLICE("{}"), ERR_OK, NULL);
    CHECK(question.uid.len == 0 && question.repository == NULL);
    arena_clear(&arena);
}

#define KEYS "want uid, csp, region, variant, repository, config or keys"

static const struct {
    const char *text, *message;
} refused[] = {
    {"", "standard input: line 1, column 1: the document is empty, want a value"},
    {"{\"uid\": \"v2.2.0\"",
     "standard input: line 1, column 17: the document ends here, want \",\" "
     "or \"}\""},
    {"[]", "standard input: have a list, want an object of strings"},
    {"\"v2.2.0\"", "standard input: have a string, want an object of strings"},
    {"{\"uid\": \"v2.2.0\", \"uid\": \"v2.3.0\"}",
     "standard input: line 1: the key \"uid\" stands here again, first on line 1"},
    {"{\"uid\": null}", "standard input: key \"uid\": have null, want a string"},
    {"{\"uid\": 2}", "standard input: key \"uid\": have a number, want a string"},
    {"{\"keys\": [\"a.pub\"]}", "standard input: key \"keys\": have a list, want a string"},
    {"{\"offline\": true}", "standard input: key \"offline\": have a boolean, want a string"},
    {"{\"Uid\": \"v2.2.0\"}", "standard input: key \"Uid\": " KEYS},
    {"{\"key\": \"a.pub\"}", "standard input: key \"key\": " KEYS},
    {"{\"uid\": \"v2.2.0\", \"\\u001b\": \"\"}", "standard input: key \"\\x1b\": " KEYS},
    {"{\"uid\": \"v2.2.0\\u0000\"}",
     "standard input: line 1, column 16: the character U+0000 is not allowed in a string"},
};

TEST(terraform_refusals)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        read_query(slice_text(refused[i].text), ERR_FORMAT, refused[i].message);
        arena_clear(&arena);
    }
}

TEST(terraform_input_is_capped)
{
    static char text[TERRAFORM_MAX_BYTES + 1];

    memset(text, ' ', sizeof text);
    memcpy(text, "{}", 2);
    read_query(slice_of(text, sizeof text - 1), ERR_OK, NULL);
    arena_clear(&arena);
    read_query(slice_of(text, sizeof text), ERR_LIMIT, "standard input: more than 65536 bytes");
    arena_clear(&arena);
}

TEST(terraform_reads_a_pipe_to_its_end)
{
    struct question question;
    struct err err;
    int ends[2];

    arena_init_heap(&arena, (size_t)1 << 20);
    CHECK(pipe(ends) == 0);
    CHECK(write(ends[1], "{\"uid\": ", 8) == 8 && write(ends[1], "\"v1.0.0\"}", 9) == 9);
    close(ends[1]);
    CHECK_OK(terraform_read(ends[0], &arena, &question, &err), err);
    CHECK_TEXT("v1.0.0", question.uid);
    close(ends[0]);
    arena_clear(&arena);
}

TEST(terraform_input_that_cannot_be_read)
{
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct question question;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    CHECK_ERR(ERR_IO, "standard input: Is a directory", terraform_read(fd, &arena, &question, &err),
              err);
    CHECK_ERR(ERR_IO, "standard input: Bad file descriptor",
              terraform_read(-1, &arena, &question, &err), err);
    close(fd);
    arena_clear(&arena);
}

TEST(terraform_needs_memory)
{
    struct slice query =
        SLICE("{\"uid\": \"v2.2.0\", \"repository\": \"/srv\", \"config\": \"c\"}");
    uint8_t memory[1024];
    size_t refusals = 0;

    for (size_t size = 0; size <= sizeof memory; size += 16) {
        int fd = descriptor_of(query);
        struct question question;
        struct err err;

        arena_init_fixed(&arena, memory, size);
        if (terraform_read(fd, &arena, &question, &err)) {
            CHECK_NUMBER(ERR_LIMIT, err.code);
            CHECK(question.uid.len == 0 && question.repository == NULL && question.config == NULL);
            refusals++;
        }
        close(fd);
    }
    CHECK(refusals > 4 && refusals < 60);
}
