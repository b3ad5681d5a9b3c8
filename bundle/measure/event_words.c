#include "bundle/measure/event_words.h"

#include <string.h>

#include "bundle/measure/eventlog.h"
#include "resolver/base/cursor.h"

#define NAME_SIZE 88 /* longer names are cut */
#define TEXT_MAX 80  /* characters; longer texts are cut */

#define EV_VARIABLE_DRIVER_CONFIG 0x80000001u
#define EV_VARIABLE_BOOT 0x80000002u
#define EV_BOOT_DRIVER 0x80000004u
#define EV_RUNTIME_DRIVER 0x80000005u
#define EV_FIRMWARE_BLOB 0x80000008u
#define EV_FIRMWARE_BLOB2 0x8000000Au
#define EV_VARIABLE_BOOT2 0x8000000Cu
#define EV_VARIABLE_AUTHORITY 0x800000E0u

/* UEFI, "Device Path Protocol" */
#define PATH_MEDIA 0x04
#define PATH_VENDOR 0x03
#define PATH_FILE 0x04
#define PATH_END 0x7F

static const char stub_payload[] = "\xf8\xd1\xc5\x55\xcd\x04\xb5\x46\x8a\x20\xe5\x6c\xbb\x30\x52\xd0";

/* Text up to its first NUL; what is not ASCII becomes "?". */
static void add_utf16(struct slice text, struct buf *out)
{
    for (size_t i = 0; i + 1 < text.len && (text.ptr[i] || text.ptr[i + 1]); i += 2)
        buf_add_byte(out, text.ptr[i + 1] == 0 && text.ptr[i] < 0x80 ? text.ptr[i] : '?');
}

static void add_ascii(struct slice text, struct buf *out)
{
    buf_add(out, slice_part(text, 0, slice_find(text, '\0')));
}

/* --- variables --- */

struct variable {
    struct slice name, data; /* name: UTF-16 */
};

static bool is_variable(const struct pcr_event *event)
{
    return event->type == EV_VARIABLE_DRIVER_CONFIG || event->type == EV_VARIABLE_BOOT ||
           event->type == EV_VARIABLE_BOOT2 || event->type == EV_VARIABLE_AUTHORITY;
}

static bool read_variable(const struct pcr_event *event, struct variable *variable)
{
    struct cursor in = cursor_of(event->text);
    uint64_t units, size;

    memset(variable, 0, sizeof *variable);
    cursor_take(&in, 16); /* the vendor's GUID */
    units = cursor_le64(&in);
    size = cursor_le64(&in);
    if (!is_variable(event) || in.failed || units > event->text.len / 2 || size > event->text.len)
        return false;
    variable->name = cursor_take(&in, (size_t)units * 2);
    variable->data = cursor_take(&in, (size_t)size);
    return !in.failed;
}

static bool is_named(const struct variable *variable, const char *name)
{
    size_t len = strlen(name);

    if (variable->name.len != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (variable->name.ptr[2 * i] != (uint8_t)name[i] || variable->name.ptr[2 * i + 1])
            return false;
    }
    return true;
}

/* Boot0000 to BootFFFF */
static bool is_option(const struct variable *variable)
{
    static const char hex[] = "0123456789ABCDEF";
    struct variable start = {.name = slice_part(variable->name, 0, 8)};

    if (variable->name.len != 16 || !is_named(&start, "Boot"))
        return false;
    for (size_t i = 8; i < 16; i += 2) {
        if (variable->name.ptr[i] == 0 || !strchr(hex, variable->name.ptr[i]) ||
            variable->name.ptr[i + 1])
            return false;
    }
    return true;
}

static void add_order(struct slice data, struct buf *out)
{
    for (size_t i = 0; i + 1 < data.len; i += 2)
        buf_add_format(out, "%s%02X%02X", i ? " " : "", data.ptr[i + 1], data.ptr[i]);
}

static void add_variable_value(const struct variable *variable, struct buf *out)
{
    struct slice data = variable->data;

    if (data.len == 0)
        buf_add_text(out, "empty");
    else if (is_named(variable, "SecureBoot") && data.len == 1 && data.ptr[0] <= 1)
        buf_add_text(out, data.ptr[0] ? "on" : "off");
    else if (is_named(variable, "BootOrder"))
        add_order(data, out);
    else if (is_option(variable))
        add_utf16(slice_part(data, 6, data.len), out); /* attributes, length of the path */
    else
        buf_add_format(out, "%zu bytes", data.len);
}

/* --- programs --- */

static bool is_program(const struct pcr_event *event)
{
    return event->type == PCR_EV_BOOT_APPLICATION || event->type == EV_BOOT_DRIVER ||
           event->type == EV_RUNTIME_DRIVER;
}

static void add_node(uint8_t type, uint8_t subtype, struct slice body, struct buf *out)
{
    if (type == PATH_MEDIA && subtype == PATH_FILE)
        add_utf16(body, out);
    else if (type == PATH_MEDIA && subtype == PATH_VENDOR &&
             slice_equal(body, slice_of(stub_payload, sizeof stub_payload - 1)))
        buf_add_text(out, "(the kernel that systemd-stub starts)");
}

/* The files of a device path. */
static void add_program(struct slice text, struct buf *out)
{
    struct cursor in = cursor_of(text);
    uint64_t size;

    cursor_take(&in, 24); /* where it was loaded, how long it is, where it was linked for */
    size = cursor_le64(&in);
    if (size > cursor_left(&in))
        return;
    in = cursor_of(cursor_take(&in, (size_t)size));
    while (cursor_left(&in) > 0) {
        uint8_t type = cursor_u8(&in), subtype = cursor_u8(&in);
        uint16_t len = cursor_le16(&in);
        struct slice body;

        if (type == PATH_END || len < 4)
            return;
        body = cursor_take(&in, (size_t)len - 4);
        if (in.failed)
            return;
        add_node(type, subtype, body, out);
    }
}

/* --- the rest --- */

/* The description that EV_EFI_PLATFORM_FIRMWARE_BLOB2 begins with. */
static struct slice take_description(const struct pcr_event *event, struct cursor *in)
{
    return event->type == EV_FIRMWARE_BLOB2 ? cursor_take(in, cursor_u8(in)) : slice_of(NULL, 0);
}

static bool is_firmware(const struct pcr_event *event)
{
    return event->type == EV_FIRMWARE_BLOB || event->type == EV_FIRMWARE_BLOB2;
}

/* What it is called, and where it lies. */
static void add_firmware(const struct pcr_event *event, struct buf *out)
{
    struct cursor in = cursor_of(event->text);
    struct slice description = take_description(event, &in);
    uint64_t at = cursor_le64(&in);

    if (in.failed)
        return;
    add_ascii(slice_part(description, 0, TEXT_MAX / 2), out);
    buf_add_format(out, "%sat 0x%llx", out->len ? " " : "", (unsigned long long)at);
}

static void add_firmware_value(const struct pcr_event *event, struct buf *out)
{
    struct cursor in = cursor_of(event->text);
    uint64_t size;

    take_description(event, &in);
    cursor_le64(&in);
    size = cursor_le64(&in);
    if (!in.failed)
        buf_add_format(out, "%llu bytes", (unsigned long long)size);
}

/* In single quotes, since what is made of it has double ones escaped. */
static void add_text(struct slice text, struct buf *out)
{
    text = slice_part(text, 0, 2 * TEXT_MAX);
    buf_add_byte(out, '\'');
    if (text.len > 1 && text.ptr[1] == 0)
        add_utf16(text, out);
    else
        add_ascii(slice_part(text, 0, TEXT_MAX), out);
    buf_add_byte(out, '\'');
}

static void add_name(const struct pcr_event *event, struct buf *out)
{
    struct variable variable;

    if (read_variable(event, &variable))
        add_utf16(variable.name, out);
    else if (is_program(event))
        add_program(event->text, out);
    else if (is_firmware(event))
        add_firmware(event, out);
    else if (event->type == PCR_EV_ACTION || event->type == PCR_EV_IPL)
        add_text(event->text, out);
    else if (event->type == PCR_EV_EVENT_TAG)
        add_text(slice_part(event->text, 8, event->text.len), out);
}

void event_words(const struct pcr_event *event, struct buf *out)
{
    uint8_t bytes[NAME_SIZE];
    struct buf name;

    buf_init_fixed(&name, bytes, sizeof bytes);
    add_name(event, &name);
    buf_add(out, eventlog_type_name(event->type));
    if (name.len > 0) {
        buf_add_byte(out, ' ');
        buf_add(out, buf_slice(&name));
    }
}

void event_value(const struct pcr_event *event, struct buf *out)
{
    struct variable variable;

    if (read_variable(event, &variable))
        add_variable_value(&variable, out);
    else if (is_firmware(event))
        add_firmware_value(event, out);
}
