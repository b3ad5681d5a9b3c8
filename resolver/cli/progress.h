/*
 * progress.h - how far a long piece of work has come, on standard error.
 *
 * In the flow:  download, pack, import -> [progress] -> the user's terminal, or another program
 * Shape:        a bar that is redrawn, on a terminal; with --progress=json a line each second,
 *               {"progress": {"done", "total", "bytesPerSecond"}}; otherwise nothing. Work that ends
 *               within a second shows nothing.
 */
#ifndef SEALIFT_CLI_PROGRESS_H
#define SEALIFT_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/cli/options.h"

enum progress_kind { PROGRESS_NONE, PROGRESS_BAR, PROGRESS_JSON };

struct progress {
    enum progress_kind kind;
    const char *what; /* "downloading" */
    uint64_t start_ms, shown_ms;
    bool is_shown;
};

#define PROGRESS_LINE_SIZE 256

/*
 * The bar's line: what, the bar, and figures, in less than `columns` characters, so that it stays one
 * line of the terminal: where there is less room the bar is shorter, then there is none, then figures are
 * cut off. total 0: not known, then there is neither bar nor share. line is NUL-terminated; columns is
 * 1 at least.
 */
void progress_line(const char *what, uint64_t done, uint64_t total, uint64_t bytes_per_second,
                   size_t columns, char line[PROGRESS_LINE_SIZE]);

/* Begins: reads --progress (ERR_USAGE) and the clock. */
enum err_code progress_begin(struct progress *progress, const struct invocation *invocation,
                             const char *what, struct err *err) MUST_USE;

/* May be called as often as one likes. total 0: not known. */
void progress_show(struct progress *progress, uint64_t done, uint64_t total,
                   uint64_t bytes_per_second);

/* The same at the rate of all the time since progress_begin. */
void progress_show_average(struct progress *progress, uint64_t done, uint64_t total);

/* Wipes the bar, so that what is printed next begins on a clean line. */
void progress_end(struct progress *progress);

#endif
