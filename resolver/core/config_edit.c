#include "resolver/core/config_edit.h"

#include <string.h>

#include "resolver/base/yaml.h"
#include "resolver/base/yaml_locate.h"
#include "resolver/core/measurements_format.h"

#define INDENT 4

/* Line ends as the file has them. */
static const char *line_end(struct slice bytes)
{
    size_t at = slice_find(bytes, '\n');

    return at > 0 && at < bytes.len && bytes.ptr[at - 1] == '\r' ? "\r\n" : "\n";
}

/* The lines of the set, joined by separator. */
static void add_set(const struct measurements *measurements, unsigned indent,
                    const char *separator, struct buf *out)
{
    char memory[REGISTER_COUNT * (REGISTER_HEX_MAX + 64)];
    struct buf lines;
    struct slice rest;

    buf_init_fixed(&lines, memory, sizeof memory);
    measurements_format_lines(measurements, indent, &lines);
    rest = slice_part(buf_slice(&lines), 0, lines.len - 1); /* without the last line end */
    while (rest.ptr) {
        buf_add(out, slice_cut(&rest, '\n'));
        if (rest.ptr)
            buf_add_text(out, separator);
    }
    out->failed = out->failed || lines.failed;
}

static void add_flow(const struct measurements *measurements, struct buf *out)
{
    buf_add_byte(out, '{');
    add_set(measurements, 0, ", ", out);
    buf_add_byte(out, '}');
}

/* A block that begins at the end of a line: a line end and the set, indented. */
static void add_block_below(const struct measurements *measurements, size_t indent,
                            const char *end, struct buf *out)
{
    buf_add_text(out, end);
    add_set(measurements, (unsigned)indent, end, out);
}

/* A block in place of a block: the first line's indentation stands there already. */
static void add_block_in_place(const struct measurements *measurements, size_t indent,
                               const char *end, struct buf *out)
{
    char separator[80];
    struct buf text;

    buf_init_fixed(&text, separator, sizeof separator - 1);
    buf_add_format(&text, "%s%*s", end, (int)indent, "");
    separator[text.len] = '\0';
    add_set(measurements, 0, separator, out);
    out->failed = out->failed || text.failed;
}

static void add_value(struct slice bytes, const struct yaml_span *value,
                      const struct yaml_span *parent, const struct measurements *measurements,
                      struct buf *out)
{
    const char *end = line_end(bytes);

    bool is_empty = value->begin == value->end;

    if (value->style == YAML_BLOCK) {
        add_block_in_place(measurements, value->column, end, out);
    } else if (is_empty && parent->style == YAML_BLOCK) {
        add_block_below(measurements, parent->column + INDENT, end, out);
    } else {
        buf_add_text(out, is_empty ? " " : "");
        add_flow(measurements, out);
    }
}

/* The key is not there: it becomes the first of its map. */
static void add_member(struct slice bytes, const struct yaml_span *parent,
                       const struct measurements *measurements, struct buf *out)
{
    const char *end = line_end(bytes);

    if (parent->style == YAML_FLOW) {
        buf_add_text(out, "measurements: ");
        add_flow(measurements, out);
        buf_add_text(out, ", ");
        return;
    }
    buf_add_text(out, "measurements:");
    add_block_below(measurements, parent->column + INDENT, end, out);
    buf_add_format(out, "%s%*s", end, (int)parent->column, "");
}

static enum err_code put_together(struct slice bytes, const struct config *config,
                                  const struct measurements *measurements, struct buf *out,
                                  struct err *err)
{
    const char *const *path = config->measurements_path;
    struct yaml_span value, parent;
    size_t begin, end;

    if (yaml_locate(bytes, path, CONFIG_PATH_LEN, &value, &parent, err))
        return err->code;
    if (!parent.is_found)
        return err_set(err, ERR_FORMAT, "%s.%s: no map where measurements could stand", path[0],
                       path[1]);
    begin = parent.style == YAML_FLOW ? parent.begin + 1 : parent.begin;
    end = begin;
    if (value.is_found) {
        begin = value.begin;
        end = value.end;
    }
    buf_add(out, slice_part(bytes, 0, begin));
    if (value.is_found)
        add_value(bytes, &value, &parent, measurements, out);
    else
        add_member(bytes, &parent, measurements, out);
    buf_add(out, slice_part(bytes, end, bytes.len));
    return buf_done(out, err);
}

/* Reads the set back out of the new config, through the parser of measurements. */
static enum err_code check_result(struct slice edited, const struct config *config,
                                  const struct measurements *measurements, struct arena *arena,
                                  struct err *err)
{
    const struct node *node;
    size_t count = 0;

    if (yaml_parse(edited, arena, &node, err))
        return err_set(err, ERR_BUG, "the edited config would be broken: nothing was written");
    for (size_t i = 0; i < CONFIG_PATH_LEN; i++)
        node = node_get(node, config->measurements_path[i]);
    for (size_t i = 0; i < REGISTER_COUNT; i++) {
        char index[8], hex[REGISTER_HEX_MAX];
        const struct node *value;
        struct buf key;

        if (!measurements->registers[i].is_set)
            continue;
        buf_init_fixed(&key, index, sizeof index);
        buf_add_format(&key, "%zu", i);
        value = node_get(node_get(node, index), "expected");
        register_hex(measurements, i, hex);
        if (!value || !slice_is(node_text(value), hex))
            return err_set(err, ERR_BUG, "the edited config would lack register %zu", i);
        count++;
    }
    if (!node || node_count(node) != count)
        return err_set(err, ERR_BUG, "the edited config would keep old registers");
    return ERR_OK;
}

enum err_code config_edit(struct slice bytes, const struct config *config,
                          const struct measurements *measurements, struct arena *arena,
                          struct buf *out, struct err *err)
{
    if (put_together(bytes, config, measurements, out, err))
        return err->code;
    return check_result(buf_slice(out), config, measurements, arena, err);
}
