#include "bundle/cli/table_publish_answer.h"

#include "resolver/base/json_write.h"
#include "resolver/base/quote.h"

void table_publish_answer_add(struct table_publish_answer *answer, const char *path, bool is_new)
{
    answer->files[answer->count].path = path;
    answer->files[answer->count++].is_new = is_new;
}

static void write_paths(const struct table_publish_answer *answer, bool is_new,
                        struct json_writer *json)
{
    json_begin_list(json);
    for (size_t i = 0; i < answer->count; i++) {
        if (answer->files[i].is_new == is_new)
            json_text(json, answer->files[i].path);
    }
    json_end_list(json);
}

static void print_json(const struct table_publish_answer *answer, const struct uid *uid,
                       struct buf *out)
{
    struct json_writer json = json_writer_to(out, 0);

    json_begin_map(&json);
    json_member(&json, "uid", uid->text);
    json_key(&json, "written");
    write_paths(answer, true, &json);
    json_key(&json, "unchanged");
    write_paths(answer, false, &json);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

void table_publish_answer_print(const struct table_publish_answer *answer, const struct uid *uid,
                                const struct invocation *invocation)
{
    if (invocation->given[OPT_JSON]) {
        print_json(answer, uid, invocation->out);
        return;
    }
    for (size_t i = 0; i < answer->count; i++)
        buf_add_format(invocation->out, "%s: %s\n",
                       quote_bare(slice_text(answer->files[i].path)).text,
                       answer->files[i].is_new ? "written" : "as before");
}
