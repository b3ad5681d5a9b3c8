#include "resolver/base/json_write.h"

#include <assert.h>

#include "resolver/base/utf8.h"

struct json_writer json_writer_to(struct buf *out, unsigned indent)
{
    return (struct json_writer){.out = out, .indent = indent};
}

/* With indent, the next thing begins on a line of its own. */
static void begin_line(struct json_writer *writer)
{
    if (writer->indent == 0)
        return;
    buf_add_byte(writer->out, '\n');
    for (unsigned i = 0; i < writer->depth * writer->indent; i++)
        buf_add_byte(writer->out, ' ');
}

/* What stands before a key, or before a value that has none. */
static void separate(struct json_writer *writer)
{
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    if (writer->needs_comma)
        buf_add_byte(writer->out, ',');
    if (writer->depth > 0)
        begin_line(writer);
}

static void begin(struct json_writer *writer, uint8_t mark)
{
    separate(writer);
    buf_add_byte(writer->out, mark);
    writer->depth++;
    writer->needs_comma = false;
}

static void end(struct json_writer *writer, uint8_t mark)
{
    assert(writer->depth > 0 && !writer->after_key);
    writer->depth--;
    if (writer->needs_comma)
        begin_line(writer);
    buf_add_byte(writer->out, mark);
    writer->needs_comma = true;
}

void json_begin_map(struct json_writer *writer)
{
    begin(writer, '{');
}

void json_end_map(struct json_writer *writer)
{
    end(writer, '}');
}

void json_begin_list(struct json_writer *writer)
{
    begin(writer, '[');
}

void json_end_list(struct json_writer *writer)
{
    end(writer, ']');
}

static void add_control(struct buf *out, uint32_t code_point)
{
    switch (code_point) {
    case '\b':
        buf_add_text(out, "\\b");
        break;
    case '\f':
        buf_add_text(out, "\\f");
        break;
    case '\n':
        buf_add_text(out, "\\n");
        break;
    case '\r':
        buf_add_text(out, "\\r");
        break;
    case '\t':
        buf_add_text(out, "\\t");
        break;
    default:
        buf_add_format(out, "\\u%04x", (unsigned)code_point);
    }
}

static bool is_control(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
}

/* Adds a character that is more than plain ASCII; returns the bytes read. */
static size_t add_special(struct buf *out, struct slice text, size_t at)
{
    uint32_t code_point;
    size_t len = utf8_decode(text, at, &code_point);

    if (len == 0) {
        buf_add_text(out, "\xEF\xBF\xBD");
        return 1;
    }
    if (is_control(code_point)) {
        add_control(out, code_point);
        return len;
    }
    if (code_point == '"' || code_point == '\\')
        buf_add_byte(out, '\\');
    buf_add(out, slice_part(text, at, len));
    return len;
}

static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

static void add_string(struct buf *out, struct slice text)
{
    buf_add_byte(out, '"');
    for (size_t at = 0; at < text.len;) {
        size_t plain_end = at;

        while (plain_end < text.len && is_plain(text.ptr[plain_end]))
            plain_end++;
        buf_add(out, slice_part(text, at, plain_end - at));
        at = plain_end;
        if (at < text.len)
            at += add_special(out, text, at);
    }
    buf_add_byte(out, '"');
}

void json_key(struct json_writer *writer, const char *key)
{
    json_key_slice(writer, slice_text(key));
}

void json_key_slice(struct json_writer *writer, struct slice key)
{
    assert(writer->depth > 0 && !writer->after_key);
    separate(writer);
    add_string(writer->out, key);
    buf_add_text(writer->out, writer->indent ? ": " : ":");
    writer->after_key = true;
    writer->needs_comma = true;
}

static void add_word(struct json_writer *writer, const char *word)
{
    separate(writer);
    buf_add_text(writer->out, word);
    writer->needs_comma = true;
}

void json_string(struct json_writer *writer, struct slice value)
{
    separate(writer);
    add_string(writer->out, value);
    writer->needs_comma = true;
}

void json_text(struct json_writer *writer, const char *value)
{
    if (value)
        json_string(writer, slice_text(value));
    else
        json_null(writer);
}

void json_bool(struct json_writer *writer, bool value)
{
    add_word(writer, value ? "true" : "false");
}

void json_number(struct json_writer *writer, uint64_t value)
{
    separate(writer);
    buf_add_format(writer->out, "%llu", (unsigned long long)value);
    writer->needs_comma = true;
}

void json_literal(struct json_writer *writer, struct slice text)
{
    separate(writer);
    buf_add(writer->out, text);
    writer->needs_comma = true;
}

void json_null(struct json_writer *writer)
{
    add_word(writer, "null");
}

void json_member(struct json_writer *writer, const char *key, const char *value)
{
    json_key(writer, key);
    json_text(writer, value);
}

void json_member_slice(struct json_writer *writer, const char *key, struct slice value)
{
    json_key(writer, key);
    json_string(writer, value);
}

void json_member_or_null(struct json_writer *writer, const char *key, struct slice value)
{
    json_key(writer, key);
    if (value.len)
        json_string(writer, value);
    else
        json_null(writer);
}

void json_member_list(struct json_writer *writer, const char *key, const char *const *texts, size_t count)
{
    json_key(writer, key);
    json_begin_list(writer);
    for (size_t i = 0; i < count; i++)
        json_text(writer, texts[i]);
    json_end_list(writer);
}
