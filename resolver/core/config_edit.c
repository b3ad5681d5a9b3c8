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

/* What stands between two values of the set: ", ", or a line end and the indentation. */
struct separator {
    const char *text;
    size_t spaces;
};

static void add_separator(const struct separator *separator, struct buf *out)
{
    buf_add_text(out, separator->text);
    for (size_t i = 0; i < separator->spaces; i++)
        buf_add_byte(out, ' ');
}

static void add_set(const struct measurements *measurements, const struct separator *separator,
                    struct buf *out)
{
    char memory[REGISTER_COUNT * (REGISTER_HEX_MAX + 64)];
    struct buf lines;
    struct slice rest;

    buf_init_fixed(&lines, memory, sizeof memory);
    measurements_format_lines(measurements, 0, &lines);
    rest = slice_part(buf_slice(&lines), 0, lines.len - 1); /* without the last line end */
    while (rest.ptr) {
        buf_add(out, slice_cut(&rest, '\n'));
        if (rest.ptr)
            add_separator(separator, out);
    }
}

static void add_flow(const struct measurements *measurements, struct buf *out)
{
    buf_add_byte(out, '{');
    add_set(measurements, &(struct separator){", ", 0}, out);
    buf_add_byte(out, '}');
}

/* A block that begins at the end of a line. */
static void add_block_below(const struct measurements *measurements, size_t column,
                            const char *end, struct buf *out)
{
    struct separator separator = {end, column};

    add_separator(&separator, out);
    add_set(measurements, &separator, out);
}

/* A block in place of a block: the first line's indentation stands there already. That of a list may
 * be no deeper than its key's; that of a map must be. */
static void add_block_in_place(const struct measurements *measurements,
                               const struct yaml_span *value, const struct yaml_span *parent,
                               const char *end, struct buf *out)
{
    size_t more = value->column > parent->column ? 0 : INDENT;

    add_separator(&(struct separator){"", more}, out);
    add_set(measurements, &(struct separator){end, value->column + more}, out);
}

static void add_value(struct slice bytes, const struct yaml_span *value,
                      const struct yaml_span *parent, const struct measurements *measurements,
                      struct buf *out)
{
    const char *end = line_end(bytes);
    bool is_empty = value->begin == value->end;

    if (value->style == YAML_BLOCK) {
        add_block_in_place(measurements, value, parent, end, out);
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
    add_separator(&(struct separator){end, parent->column}, out);
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
    if (value.is_found && value.begin == value.end && !slice_ends(slice_part(bytes, 0, value.end), ":"))
        return err_set(err, ERR_FORMAT, "%s.%s.%s: the key stands there without a colon", path[0],
                       path[1], path[2]);
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

    if (yaml_parse(edited, arena, &node, err) == ERR_FORMAT)
        return err_set(err, ERR_BUG, "the edited config would be broken: nothing was written");
    if (!node)
        return err->code;
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
        value = node_get(node, index);
        register_hex(measurements, i, hex);
        if (!slice_is(node_text(node_get(value, "expected")), hex) ||
            !slice_is(node_text(node_get(value, "warnOnly")),
                      measurements->registers[i].warn_only ? "true" : "false"))
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
    size_t start = out->len;

    if (put_together(bytes, config, measurements, out, err))
        return err->code;
    return check_result(slice_part(buf_slice(out), start, out->len), config, measurements, arena,
                        err);
}
