#include "resolver/tls/x509_name.h"

#include <string.h>

#include "resolver/base/buf.h"
#include "resolver/base/der.h"
#include "resolver/base/utf8.h"

#define DER_SET 0x31
#define DER_BMP_STRING 0x1E

#define GENERAL_NAME_FIRST 0x80 /* [0] to [8], primitive or constructed */
#define GENERAL_NAME_LAST_NUMBER 8

#define PARTS_SHOWN_MAX 16
#define SHOWN_MAX 512 /* bytes of a name before it is quoted, which cuts it at QUOTE_MAX */

/* RFC 4514, section 3, and what certificates have besides. */
static const struct {
    const char *oid;
    size_t oid_len;
    const char *text;
} attributes[] = {
    {"\x55\x04\x03", 3, "CN"},
    {"\x55\x04\x06", 3, "C"},
    {"\x55\x04\x07", 3, "L"},
    {"\x55\x04\x08", 3, "ST"},
    {"\x55\x04\x0A", 3, "O"},
    {"\x55\x04\x0B", 3, "OU"},
    {"\x55\x04\x05", 3, "serialNumber"},
    {"\x09\x92\x26\x89\x93\xF2\x2C\x64\x01\x19", 10, "DC"},
    {"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x01", 9, "emailAddress"},
};

enum err_code general_name_read(struct cursor *in, struct general_name *name, struct err *err)
{
    size_t at = in->at;
    uint8_t tag = der_next_tag(in);
    enum err_code rc;

    *name = (struct general_name){0, {NULL, 0}};
    if ((tag & 0xC0) != GENERAL_NAME_FIRST || (tag & 0x1F) > GENERAL_NAME_LAST_NUMBER)
        return err_set(err, ERR_FORMAT, "offset %zu: the tag 0x%02x is no general name", at, tag);
    rc = der_read(in, tag, "general name", &name->value, err);
    if (rc == ERR_OK)
        name->tag = tag;
    return rc;
}

bool general_name_next(struct cursor *in, struct general_name *name)
{
    struct err ignored;

    return cursor_left(in) > 0 && general_name_read(in, name, &ignored) == ERR_OK;
}

static const char *attribute_text(struct slice oid)
{
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        if (slice_equal(oid, slice_of(attributes[i].oid, attributes[i].oid_len)))
            return attributes[i].text;
    }
    return NULL;
}

/* Strings are shown byte by byte; BMPString, two bytes a character, as UTF-8. */
static void show_value(uint8_t tag, struct slice value, struct buf *out)
{
    uint8_t character[4];

    if (tag != DER_BMP_STRING) {
        buf_add(out, value);
        return;
    }
    for (size_t at = 0; at + 2 <= value.len; at += 2) {
        uint32_t code_point = (uint32_t)value.ptr[at] << 8 | value.ptr[at + 1];

        buf_add(out, slice_of(character, utf8_encode(code_point, character)));
    }
}

/* AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY } */
static void show_attribute(struct cursor *in, struct buf *out)
{
    struct cursor inside;
    struct slice oid, value;
    struct err ignored;
    const char *text;
    uint8_t tag;

    if (der_open(in, DER_SEQUENCE, "attribute", &inside, &ignored) != ERR_OK ||
        der_read(&inside, DER_OID, "type", &oid, &ignored) != ERR_OK) {
        in->failed = true;
        return;
    }
    tag = der_next_tag(&inside);
    text = attribute_text(oid);
    if (!text || der_read(&inside, tag, "value", &value, &ignored) != ERR_OK)
        return;
    buf_add_format(out, "%s%s=", out->len ? ", " : "", text);
    show_value(tag, value, out);
}

struct quoted x509_name_quote(struct slice name)
{
    struct cursor whole = cursor_of(name), in, parts[PARTS_SHOWN_MAX];
    uint8_t bytes[SHOWN_MAX];
    struct buf shown;
    struct err ignored;
    size_t count = 0;

    buf_init_fixed(&shown, bytes, sizeof bytes);
    if (der_open(&whole, DER_SEQUENCE, "name", &in, &ignored) == ERR_OK) {
        while (cursor_left(&in) > 0 && count < PARTS_SHOWN_MAX &&
               der_open(&in, DER_SET, "part", &parts[count], &ignored) == ERR_OK)
            count++;
    }
    while (count > 0) { /* the last part first, as RFC 4514 has it */
        count--;
        while (cursor_left(&parts[count]) > 0)
            show_attribute(&parts[count], &shown);
    }
    if (shown.len == 0)
        buf_add_text(&shown, "(no name)");
    return quote(buf_slice(&shown));
}
