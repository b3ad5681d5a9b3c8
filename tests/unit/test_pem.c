#include "resolver/base/pem.h"

#include <string.h>

#include "tests/unit/test.h"

#define BEGIN "-----BEGIN THING-----\n"
#define END "-----END THING-----\n"

static void check_good(const char *text)
{
    uint8_t out[8];
    struct pem pem;
    size_t len;
    struct err err;

    CHECK_OK(pem_parse(test_guarded(slice_text(text)), &pem, &err), err);
    CHECK_TEXT("THING", pem.label);
    CHECK_OK(pem_decode(&pem, out, sizeof out, &len, &err), err);
    CHECK_TEXT("foobar", slice_of(out, len));
}

TEST(pem_reads_one_block)
{
    check_good(BEGIN "Zm9vYmFy\n" END);
    check_good(BEGIN "Zm9v\nYmFy\n" END);
    check_good("-----BEGIN THING-----\r\nZm9v\r\nYmFy\r\n-----END THING-----\r\n");
    check_good("-----BEGIN THING-----\nZm9vYmFy\n-----END THING-----");
    check_good("\n \t\r\n" BEGIN "Zm9vYmFy\n" END "\n\n \n");
}

static void check_refused(const char *text, const char *message)
{
    struct pem pem;
    struct err err;

    memset(&pem, 1, sizeof pem);
    CHECK_ERR(ERR_FORMAT, message, pem_parse(test_guarded(slice_text(text)), &pem, &err), err);
    CHECK(pem.label.len == 0 && pem.body.len == 0 && !pem.label.ptr && !pem.body.ptr);
}

TEST(pem_refuses_what_is_no_block)
{
    check_refused("", "no PEM block: the file is empty");
    check_refused("\n \n", "no PEM block: the file is empty");
    check_refused("hello\n", "line 1: have \"hello\", want -----BEGIN ...----- (PEM)");
    check_refused("\n\nhello\n" BEGIN, "line 3: have \"hello\", want -----BEGIN ...----- (PEM)");
    check_refused(" " BEGIN END,
                  "line 1: have \" -----BEGIN THING-----\", want -----BEGIN ...----- (PEM)");
    check_refused("-----BEGIN -----\n",
                  "line 1: have \"-----BEGIN -----\", want -----BEGIN ...----- (PEM)");
    check_refused("-----BEGIN\n", "line 1: have \"-----BEGIN\", want -----BEGIN ...----- (PEM)");
    check_refused("-----BEGIN ----\n",
                  "line 1: have \"-----BEGIN ----\", want -----BEGIN ...----- (PEM)");
    check_refused("-----BEGIN A LINE THAT IS TOO LONG TO BE SHOWN",
                  "line 1: have \"-----BEGIN A LINE THAT IS TOO LONG TO BE\", want -----BEGIN "
                  "...----- (PEM)");
    check_refused("-----BEGIN THING-----\r",
                  "line 1: have \"-----BEGIN THING-----\\x0d\", want -----BEGIN ...----- (PEM)");
}

TEST(pem_refuses_other_ends)
{
    check_refused("-----BEGIN THING-----", "line 1: the file ends before -----END THING-----");
    check_refused(BEGIN "Zm9v\n", "line 2: the file ends before -----END THING-----");
    check_refused(BEGIN "Zm9v\n-----END THINGS-----\n",
                  "line 3: have \"-----END THINGS-----\", want -----END THING-----");
    check_refused(BEGIN "Zm9v\n-----END THING----- \n",
                  "line 3: have \"-----END THING----- \", want -----END THING-----");
    check_refused(BEGIN "Zm9v\n" BEGIN,
                  "line 3: have \"-----BEGIN THING-----\", want -----END THING-----");
    check_refused(BEGIN "Zm9v\n-----END -----\n",
                  "line 3: have \"-----END -----\", want -----END THING-----");
}

TEST(pem_refuses_headers)
{
    check_refused(BEGIN "Proc-Type: 4,ENCRYPTED\n\nZm9v\n" END,
                  "line 2: PEM header lines are not accepted");
}

TEST(pem_refuses_more_than_one_block)
{
    check_refused(BEGIN "Zm9v\n" END BEGIN "Zm9v\n" END,
                  "line 4: a second PEM block, \"THING\"; want exactly one");
    check_refused(BEGIN "Zm9v\n" END "\nhello\n", "line 5: text after the PEM block");
}

TEST(pem_shows_odd_labels_escaped)
{
    struct pem pem;
    struct err err;

    check_refused("-----BEGIN \x1B[1m-----\nZm9v\n",
                  "line 2: the file ends before -----END \\x1b[1m-----");
    CHECK_OK(pem_parse(SLICE("-----BEGIN X-----\n-----END X-----\n"), &pem, &err), err);
    CHECK_TEXT("X", pem.label);
}

TEST(pem_decode_refuses)
{
    uint8_t out[5], zeros[5] = {0};
    struct pem pem;
    size_t len = 9;
    struct err err;

    CHECK_OK(pem_parse(SLICE(BEGIN END), &pem, &err), err);
    CHECK_ERR(ERR_FORMAT, "nothing between the BEGIN and END lines",
              pem_decode(&pem, out, sizeof out, &len, &err), err);
    CHECK_OK(pem_parse(SLICE(BEGIN "Zm9v\nYg=\n" END), &pem, &err), err);
    memset(out, 0, sizeof out);
    CHECK_ERR(ERR_FORMAT,
              "base64 after the BEGIN line: offset 9: the base64 text ends in the middle (padding "
              "missing, or cut off)",
              pem_decode(&pem, out, sizeof out, &len, &err), err);
    CHECK_NUMBER(0, len);
    CHECK(memcmp(out, zeros, sizeof out) == 0);
    CHECK_OK(pem_parse(SLICE(BEGIN "Zm9vYmFy\n" END), &pem, &err), err);
    CHECK_ERR(ERR_LIMIT,
              "base64 after the BEGIN line: offset 7: the base64 text holds more than 5 bytes",
              pem_decode(&pem, out, sizeof out, &len, &err), err);
    CHECK_NUMBER(0, len);
}

TEST(pem_writes_lines_of_64)
{
    uint8_t bytes[49] = {0}, memory[200];
    struct buf buf;

    buf_init_fixed(&buf, memory, sizeof memory);
    pem_write(&buf, "THING", slice_of(bytes, sizeof bytes));
    CHECK_TEXT(BEGIN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
                     "AA==\n" END,
               buf_slice(&buf));
}

TEST(pem_writes_what_openssl_writes)
{
    struct slice file = test_file("fixtures/keys/good-rsa3072.pem");
    uint8_t der[600], memory[1000];
    struct pem pem;
    struct buf buf;
    size_t len;
    struct err err;

    CHECK_OK(pem_parse(file, &pem, &err), err);
    CHECK_OK(pem_decode(&pem, der, sizeof der, &len, &err), err);
    buf_init_fixed(&buf, memory, sizeof memory);
    pem_write(&buf, "PUBLIC KEY", slice_of(der, len));
    CHECK(slice_equal(file, buf_slice(&buf)));
}
