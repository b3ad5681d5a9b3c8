/*
 * publish_report.h - what table publish answers: which files of the repository it has written.
 *
 * In the flow:  verb_table_publish -> [publish_report] -> standard output
 * Memory:       borrows the paths.
 */
#ifndef SEALIFT_CLI_PUBLISH_REPORT_H
#define SEALIFT_CLI_PUBLISH_REPORT_H

#include "bundle/table/version_list.h"
#include "resolver/cli/options.h"

#define PUBLISH_REPORT_MAX (2 * REPEATS_MAX + LAYOUT_COUNT + VERSION_LIST_KINDS)

struct publish_report {
    struct {
        const char *path;
        bool is_new; /* written; else it was there, as it is to be */
    } files[PUBLISH_REPORT_MAX];
    size_t count;
};

/* The caller adds no more than PUBLISH_REPORT_MAX. */
void publish_report_add(struct publish_report *report, const char *path, bool is_new);

/* A line for each file, in the order of adding; with --json one object. */
void publish_report_print(const struct publish_report *report, const struct uid *uid,
                          const struct invocation *invocation);

#endif
