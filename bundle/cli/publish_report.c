#include "bundle/cli/publish_report.h"

#include "resolver/base/json_write.h"
#include "resolver/base/quote.h"

void publish_report_add(struct publish_report *report, const char *path, bool is_new)
{
    report->files[report->count].path = path;
    report->files[report->count++].is_new = is_new;
}

static void write_paths(const struct publish_report *report, bool is_new, struct json_writer *json)
{
    json_begin_list(json);
    for (size_t i = 0; i < report->count; i++) {
        if (report->files[i].is_new == is_new)
            json_text(json, report->files[i].path);
    }
    json_end_list(json);
}

static void print_json(const struct publish_report *report, const struct uid *uid, struct buf *out)
{
    struct json_writer json = json_writer_to(out, 0);

    json_begin_map(&json);
    json_member(&json, "uid", uid->text);
    json_key(&json, "written");
    write_paths(report, true, &json);
    json_key(&json, "unchanged");
    write_paths(report, false, &json);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

void publish_report_print(const struct publish_report *report, const struct uid *uid,
                          const struct invocation *invocation)
{
    if (invocation->given[OPT_JSON]) {
        print_json(report, uid, invocation->out);
        return;
    }
    for (size_t i = 0; i < report->count; i++)
        buf_add_format(invocation->out, "%s: %s\n",
                       quote_bare(slice_text(report->files[i].path)).text,
                       report->files[i].is_new ? "written" : "as before");
}
