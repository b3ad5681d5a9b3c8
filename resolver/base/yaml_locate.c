#include "resolver/base/yaml_locate.h"

#include <string.h>
#include <yaml.h>

/* Follows libyaml's events; marks become byte offsets in the order in which they come. */
struct walker {
    yaml_parser_t parser;
    yaml_event_t event;
    struct slice text;
    size_t characters, bytes; /* the same place, counted both ways */
    size_t key_end;           /* of the last key found, in bytes */
};

static enum err_code next(struct walker *walker, struct err *err)
{
    yaml_event_delete(&walker->event);
    if (yaml_parser_parse(&walker->parser, &walker->event))
        return ERR_OK;
    if (walker->parser.error == YAML_MEMORY_ERROR)
        return err_set(err, ERR_LIMIT, "out of memory");
    return err_set(err, ERR_FORMAT, "line %zu: not YAML", walker->parser.problem_mark.line + 1);
}

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Places are asked for in the order of the text. */
static size_t byte_offset(struct walker *walker, size_t character)
{
    while (walker->characters < character && walker->bytes < walker->text.len) {
        walker->bytes++;
        while (walker->bytes < walker->text.len &&
               is_continuation(walker->text.ptr[walker->bytes]))
            walker->bytes++;
        walker->characters++;
    }
    return walker->bytes;
}

static bool is_begin(const yaml_event_t *event)
{
    return event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT;
}

static bool is_end(const yaml_event_t *event)
{
    return event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT;
}

static enum yaml_style style_of(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        return YAML_SCALAR;
    if (event->type == YAML_MAPPING_START_EVENT)
        return event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE ? YAML_FLOW : YAML_BLOCK;
    return event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE ? YAML_FLOW : YAML_BLOCK;
}

static void open_span(struct walker *walker, struct yaml_span *span)
{
    const yaml_event_t *event = &walker->event;

    span->is_found = true;
    span->style = style_of(event);
    span->column = event->start_mark.column;
    span->begin = span->end = byte_offset(walker, event->start_mark.index);
}

static bool is_block_scalar(const yaml_event_t *event)
{
    return event->type == YAML_SCALAR_EVENT &&
           (event->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
            event->data.scalar.style == YAML_FOLDED_SCALAR_STYLE);
}

/* A block scalar's mark lies behind its line ends. */
static size_t without_line_ends(struct slice text, size_t end)
{
    while (end > 0 && (text.ptr[end - 1] == '\n' || text.ptr[end - 1] == '\r' ||
                       text.ptr[end - 1] == ' ' || text.ptr[end - 1] == '\t'))
        end--;
    return end;
}

/* The mark of a value that is not there follows its ":" or "-", or else has nothing to do with it. */
static bool is_behind_indicator(struct slice text, size_t end)
{
    return end > 0 && (text.ptr[end - 1] == ':' || text.ptr[end - 1] == '-');
}

/* Where the text of the event at hand ends; 0 when it has none. */
static size_t text_end(struct walker *walker)
{
    const yaml_event_t *event = &walker->event;
    bool is_scalar = event->type == YAML_SCALAR_EVENT;
    bool is_empty = event->end_mark.index <= event->start_mark.index;
    size_t end;

    if (!is_scalar && (is_empty || !is_end(event)))
        return 0;
    end = byte_offset(walker, event->end_mark.index);
    if (is_empty)
        return is_behind_indicator(walker->text, end) ? end : 0;
    return is_block_scalar(event) ? without_line_ends(walker->text, end) : end;
}

/* Passes over the value whose first event is at hand; span->end follows it. A block's end has no
 * text of its own: it ends where its last scalar or bracket does. */
static enum err_code pass_value(struct walker *walker, struct yaml_span *span, struct err *err)
{
    size_t depth = 0;

    for (;;) {
        const yaml_event_t *event = &walker->event;
        size_t end = text_end(walker);

        depth += is_begin(event);
        depth -= is_end(event);
        if (end > span->end)
            span->end = end;
        if (depth == 0)
            return ERR_OK;
        if (next(walker, err))
            return err->code;
    }
}

static bool is_key(const yaml_event_t *event, const char *key)
{
    return event->type == YAML_SCALAR_EVENT &&
           slice_is(slice_of(event->data.scalar.value, event->data.scalar.length), key);
}

/* The event at hand starts a map; leaves the event of the key's value at hand, or the map's end. */
static enum err_code find_key(struct walker *walker, const char *key, bool *found,
                              struct err *err)
{
    struct yaml_span ignored = {0};

    *found = false;
    if (next(walker, err))
        return err->code;
    while (!is_end(&walker->event)) {
        *found = is_key(&walker->event, key);
        if (*found)
            walker->key_end = byte_offset(walker, walker->event.end_mark.index);
        if (next(walker, err))
            return err->code;
        if (*found)
            return ERR_OK;
        if (pass_value(walker, &ignored, err) || next(walker, err))
            return err->code;
    }
    return ERR_OK;
}

/* The place right after the colon that follows the key, or after the key itself when there is none:
 * "{key}" and "? key" have neither colon nor value. */
static size_t behind_colon(struct slice text, size_t key_end)
{
    for (size_t at = key_end; at < text.len; at++) {
        uint8_t byte = text.ptr[at];

        if (byte == ':')
            return at + 1;
        if (byte == '#')
            at += slice_find(slice_part(text, at, text.len), '\n');
        else if (byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n')
            break;
    }
    return key_end;
}

static bool is_empty_value(const yaml_event_t *event)
{
    return event->type == YAML_SCALAR_EVENT && event->start_mark.index == event->end_mark.index;
}

static enum err_code follow_path(struct walker *walker, const char *const *path, size_t path_len,
                                 struct yaml_span *value, struct yaml_span *parent,
                                 struct err *err)
{
    bool found = true;

    for (size_t i = 0; i < path_len && found; i++) {
        if (walker->event.type != YAML_MAPPING_START_EVENT)
            return ERR_OK;
        if (i + 1 == path_len)
            open_span(walker, parent);
        if (find_key(walker, path[i], &found, err))
            return err->code;
    }
    if (!found)
        return ERR_OK;
    open_span(walker, value);
    if (is_empty_value(&walker->event)) {
        value->begin = value->end = behind_colon(walker->text, walker->key_end);
        return ERR_OK;
    }
    return pass_value(walker, value, err);
}

static enum err_code locate(struct walker *walker, const char *const *path, size_t path_len,
                            struct yaml_span *value, struct yaml_span *parent, struct err *err)
{
    /* Stream start, document start, then the first event of the root. */
    for (int i = 0; i < 3; i++) {
        if (next(walker, err))
            return err->code;
    }
    return follow_path(walker, path, path_len, value, parent, err);
}

enum err_code yaml_locate(struct slice text, const char *const *path, size_t path_len,
                          struct yaml_span *value, struct yaml_span *parent, struct err *err)
{
    struct walker walker = {.text = text};
    enum err_code rc;

    memset(value, 0, sizeof *value);
    memset(parent, 0, sizeof *parent);
    if (!yaml_parser_initialize(&walker.parser))
        return err_set(err, ERR_LIMIT, "out of memory");
    yaml_parser_set_input_string(&walker.parser, text.len ? text.ptr : (const uint8_t *)"",
                                 text.len);
    rc = locate(&walker, path, path_len, value, parent, err);
    yaml_event_delete(&walker.event);
    yaml_parser_delete(&walker.parser);
    if (rc) {
        memset(value, 0, sizeof *value);
        memset(parent, 0, sizeof *parent);
    }
    return rc;
}
