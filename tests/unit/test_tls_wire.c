#include "resolver/tls/tls_wire.h"

#include <string.h>

#include "tests/unit/test.h"

/* A stream that gives `answer` in parts of at most `part` bytes, then its end or an error. */
struct script {
    struct slice answer;
    size_t part;
    bool fails_at_end, refuses_writes;
    size_t reads, writes, written_len;
    uint8_t written[8192];
};

static enum err_code script_read(void *ctx, uint8_t *into, size_t size, size_t *got,
                                 struct err *err)
{
    struct script *script = ctx;
    size_t len = script->part < script->answer.len ? script->part : script->answer.len;

    script->reads++;
    *got = len < size ? len : size;
    if (*got == 0 && script->fails_at_end)
        return err_set(err, ERR_IO, "no answer for 30 s");
    if (*got > 0)
        memcpy(into, script->answer.ptr, *got);
    script->answer = slice_part(script->answer, *got, script->answer.len);
    return ERR_OK;
}

static enum err_code script_write(void *ctx, struct slice bytes, struct err *err)
{
    struct script *script = ctx;

    script->writes++;
    if (script->refuses_writes)
        return err_set(err, ERR_IO, "broken pipe");
    memcpy(script->written + script->written_len, bytes.ptr, bytes.len);
    script->written_len += bytes.len;
    return ERR_OK;
}

static struct tls_wire wire; /* large */

static void wire_over(struct script *script)
{
    struct stream stream = {.ctx = script, .read = script_read, .write = script_write};

    tls_wire_init(&wire, stream);
}

TEST(tls_wire_reads_ahead)
{
    struct script script = {.answer = SLICE("0123456789"), .part = 100};
    uint8_t into[8];

    wire_over(&script);
    CHECK_NUMBER(3, tls_wire_read(&wire, into, 3));
    CHECK_TEXT("012", slice_of(into, 3));
    CHECK_NUMBER(7, tls_wire_read(&wire, into, 8));
    CHECK_TEXT("3456789", slice_of(into, 7));
    CHECK_NUMBER(1, script.reads);
    CHECK_NUMBER(0, tls_wire_read(&wire, into, 8));
    CHECK(wire.ended && !wire.failed);
    CHECK_NUMBER(0, tls_wire_read(&wire, into, 8));
    CHECK_NUMBER(2, script.reads);
}

TEST(tls_wire_keeps_the_error_beneath)
{
    struct script script = {.answer = SLICE("\x16"), .part = 1, .fails_at_end = true};
    uint8_t into[8];
    struct err err;

    wire_over(&script);
    CHECK_NUMBER(1, tls_wire_read(&wire, into, 8));
    CHECK_NUMBER(0, tls_wire_read(&wire, into, 8));
    CHECK(wire.failed && !wire.ended);
    CHECK_ERR(ERR_IO, "no answer for 30 s", tls_wire_explain(&wire, &err), err);
    CHECK_NUMBER(0, tls_wire_read(&wire, into, 8));
    CHECK_NUMBER(2, script.reads);
}

TEST(tls_wire_gathers_writes_until_a_read)
{
    struct script script = {.answer = SLICE("\x16"), .part = 1};
    uint8_t into[1];

    wire_over(&script);
    CHECK(tls_wire_write(&wire, SLICE("key exchange, ")));
    CHECK(tls_wire_write(&wire, SLICE("finished")));
    CHECK_NUMBER(0, script.writes);
    CHECK_NUMBER(1, tls_wire_read(&wire, into, 1));
    CHECK_NUMBER(1, script.writes);
    CHECK_TEXT("key exchange, finished", slice_of(script.written, script.written_len));
    CHECK(tls_wire_write(&wire, SLICE(".")));
    CHECK(tls_wire_flush(&wire));
    CHECK(tls_wire_flush(&wire));
    CHECK_NUMBER(2, script.writes);
}

TEST(tls_wire_keeps_writes_in_order_when_they_are_large)
{
    static uint8_t large[TLS_BEHIND_SIZE + 1];
    struct script script = {.part = 1};

    memset(large, 'x', sizeof large);
    wire_over(&script);
    CHECK(tls_wire_write(&wire, SLICE("first")));
    CHECK(tls_wire_write(&wire, slice_of(large, sizeof large)));
    CHECK(tls_wire_write(&wire, slice_of(large, TLS_BEHIND_SIZE)));
    CHECK_NUMBER(2, script.writes);
    CHECK(tls_wire_write(&wire, SLICE("last")));
    CHECK_NUMBER(3, script.writes);
    CHECK(tls_wire_flush(&wire));
    CHECK_NUMBER(5 + sizeof large + TLS_BEHIND_SIZE + 4, script.written_len);
    CHECK(memcmp(script.written, "firstx", 6) == 0);
    CHECK(memcmp(script.written + script.written_len - 5, "xlast", 5) == 0);
}

TEST(tls_wire_stops_at_a_failed_write)
{
    struct script script = {.answer = SLICE("\x16"), .part = 1, .refuses_writes = true};
    uint8_t into[1];
    struct err err;

    wire_over(&script);
    CHECK(tls_wire_write(&wire, SLICE("a")));
    CHECK_NUMBER(0, tls_wire_read(&wire, into, 1));
    CHECK_NUMBER(0, script.reads);
    CHECK(!tls_wire_write(&wire, SLICE("b")));
    CHECK(!tls_wire_flush(&wire));
    CHECK_NUMBER(1, script.writes);
    CHECK_ERR(ERR_IO, "broken pipe", tls_wire_explain(&wire, &err), err);
}

/* What is said of a server that answers so, byte by byte, and then ends. */
static void check_explained(const char *message, struct slice answer)
{
    struct script script = {.answer = answer, .part = 1};
    uint8_t into[64];
    struct err err;

    wire_over(&script);
    for (size_t i = 0; i < answer.len; i++)
        CHECK_NUMBER(1, tls_wire_read(&wire, into, sizeof into));
    if (message)
        CHECK_ERR(ERR_IO, message, tls_wire_explain(&wire, &err), err);
    else
        CHECK_OK(tls_wire_explain(&wire, &err), err);
}

TEST(tls_wire_tells_what_the_server_speaks)
{
    check_explained("the server speaks plain HTTP on this port (an http:// URL, or another port?)",
                    SLICE("HTTP/1.1 400 Bad Request"));
    check_explained("the server does not speak TLS on this port", SLICE("SSH-2.0"));
    check_explained("the server does not speak TLS on this port", SLICE("HTTP"));
    check_explained(NULL, SLICE("\x16\x03\x03"));
    check_explained(NULL, SLICE("\x15\x03\x03\x00\x02"));
    check_explained(NULL, SLICE(""));
}

TEST(tls_wire_tells_an_end_during_the_handshake)
{
    struct script script = {.part = 1};
    uint8_t into[1];
    struct err err;

    wire_over(&script);
    CHECK_NUMBER(0, tls_wire_read(&wire, into, 1));
    CHECK_ERR(ERR_IO, "the server ended the connection during the TLS handshake",
              tls_wire_explain(&wire, &err), err);
}
