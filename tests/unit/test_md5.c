#include "bundle/publish/md5.h"

#include "resolver/base/hex.h"
#include "tests/unit/test.h"

static void check(const char *want, struct slice text, size_t cut)
{
    char hex[2 * MD5_SIZE + 1];
    uint8_t digest[MD5_SIZE];
    struct md5 hash;

    md5_init(&hash);
    md5_update(&hash, slice_part(text, 0, cut));
    md5_update(&hash, slice_part(text, cut, text.len));
    md5_final(&hash, digest);
    hex_encode(digest, MD5_SIZE, hex);
    CHECK_TEXT(want, slice_text(hex));
}

/* RFC 1321, A.5 */
TEST(md5_gives_the_digests_of_its_standard)
{
    const struct slice digits = SLICE(
        "12345678901234567890123456789012345678901234567890123456789012345678901234567890");

    check("d41d8cd98f00b204e9800998ecf8427e", SLICE(""), 0);
    check("900150983cd24fb0d6963f7d28e17f72", SLICE("abc"), 1);
    for (size_t cut = 0; cut <= digits.len; cut++)
        check("57edf4a22be3c955ac49da2e2107b67a", digits, cut);
}
