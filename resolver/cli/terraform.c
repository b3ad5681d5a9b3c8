#include "resolver/cli/terraform.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "resolver/base/json.h"
#include "resolver/base/quote.h"
#include "resolver/cli/session.h"

static enum err_code read_all(int fd, struct buf *buf, struct err *err)
{
    uint8_t piece[4096];
    ssize_t count;

    while ((count = read(fd, piece, sizeof piece)) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return err_set(err, ERR_IO, "%s", strerror(errno));
        buf_add(buf, slice_of(piece, (size_t)count));
        if (buf->failed)
            return err_set(err, ERR_LIMIT, "more than %zu bytes", buf->max_bytes);
    }
    return ERR_OK;
}

static enum err_code take_member(struct slice key, struct slice value, struct arena *arena,
                                 struct question *question, struct err *err)
{
    const struct {
        const char *name;
        struct slice *slice;
        const char **text;
    } members[] = {
        {"uid", &question->uid, NULL},         {"csp", &question->csp, NULL},
        {"region", &question->region, NULL},   {"variant", &question->variant, NULL},
        {"keys", &question->keys, NULL},       {"repository", NULL, &question->repository},
        {"config", NULL, &question->config},
    };

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (!slice_is(key, members[i].name))
            continue;
        if (members[i].slice)
            *members[i].slice = value;
        else if (value.len)
            *members[i].text = arena_copy(arena, value, err);
        return members[i].text && value.len && !*members[i].text ? err->code : ERR_OK;
    }
    return err_set(err, ERR_FORMAT,
                   "key %s: want uid, csp, region, variant, repository, config or keys",
                   quote(key).text);
}

static enum err_code take_members(const struct node *root, struct arena *arena,
                                  struct question *question, struct err *err)
{
    if (root->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "have %s, want an object of strings", node_type_name(root));
    for (const struct node *key = node_first(root); key;) {
        const struct node *value = node_next(root, key);

        if (value->type != NODE_STRING)
            return err_set(err, ERR_FORMAT, "key %s: have %s, want a string",
                           quote(node_text(key)).text, node_type_name(value));
        if (take_member(node_text(key), node_text(value), arena, question, err))
            return err->code;
        key = node_next(root, value);
    }
    return ERR_OK;
}

enum err_code terraform_read(int fd, struct arena *arena, struct question *question,
                             struct err *err)
{
    const struct node *root;
    const char *copy;
    struct buf buf;
    size_t len;

    memset(question, 0, sizeof *question);
    buf_init_heap(&buf, TERRAFORM_MAX_BYTES);
    if (read_all(fd, &buf, err)) {
        buf_clear(&buf);
        return err_add(err, "standard input");
    }
    len = buf.len;
    copy = arena_copy(arena, buf_slice(&buf), err);
    buf_clear(&buf);
    if (!copy)
        return err->code;
    if (json_parse(slice_of(copy, len), arena, &root, err) ||
        take_members(root, arena, question, err)) {
        memset(question, 0, sizeof *question);
        return err_add(err, "standard input");
    }
    return ERR_OK;
}
