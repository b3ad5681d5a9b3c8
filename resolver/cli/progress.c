#include "resolver/cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "resolver/base/quote.h"

#define SILENT_MS 1000
#define BAR_EVERY_MS 200
#define JSON_EVERY_MS 1000
#define BAR_MIN 4
#define BAR_MAX 30

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

enum err_code progress_begin(struct progress *progress, const struct invocation *invocation,
                             const char *what, struct err *err)
{
    const char *how = invocation->values[OPT_PROGRESS];
    bool is_terminal = isatty(STDERR_FILENO) && !invocation->given[OPT_QUIET];

    *progress = (struct progress){.what = what, .start_ms = now_ms()};
    if (!how)
        progress->kind = is_terminal ? PROGRESS_BAR : PROGRESS_NONE;
    else if (strcmp(how, "bar") == 0)
        progress->kind = PROGRESS_BAR;
    else if (strcmp(how, "json") == 0)
        progress->kind = PROGRESS_JSON;
    else if (strcmp(how, "none") != 0)
        return err_set(err, ERR_USAGE, "--progress %s: want bar, json or none",
                       quote(slice_text(how)).text);
    return ERR_OK;
}

/* "812.3 MB" */
static void format_size(uint64_t bytes, char out[32])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double value = (double)bytes;
    size_t unit = 0;

    while (value >= 1000 && unit < 4) {
        value /= 1000;
        unit++;
    }
    snprintf(out, 32, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

void progress_line(const char *what, uint64_t done, uint64_t total, uint64_t bytes_per_second,
                   size_t columns, char line[PROGRESS_LINE_SIZE])
{
    static const char empty[] = "..............................";
    static const char full[] = "##############################";
    char done_text[32], rate_text[32], percent[16] = "", left[48] = "", figures[144];
    double part = total ? (double)done / (double)total : 0;
    size_t used, bar = 0, filled;

    format_size(done, done_text);
    format_size(bytes_per_second, rate_text);
    if (total)
        snprintf(percent, sizeof percent, " %3.0f%%", 100 * part);
    if (total && bytes_per_second)
        snprintf(left, sizeof left, ", %" PRIu64 " s left",
                 (total - (done < total ? done : total)) / bytes_per_second);
    snprintf(figures, sizeof figures, " %s%s, %s/s%s", done_text, percent, rate_text, left);
    used = strlen(what) + strlen(figures) + 2; /* a blank before the bar, and the last column */
    if (total && columns >= used + BAR_MIN)
        bar = columns - used < BAR_MAX ? columns - used : BAR_MAX;
    filled = part < 1 ? (size_t)(part * (double)bar) : bar;
    snprintf(line, PROGRESS_LINE_SIZE, "%s%s%.*s%.*s%s", what, bar ? " " : "", (int)filled, full,
             (int)(bar - filled), empty, figures);
    if (columns < PROGRESS_LINE_SIZE)
        line[columns - 1] = '\0';
}

/* Of the terminal that standard error is; 80 where it is none, or does not know. */
static size_t terminal_columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void show_bar(const struct progress *progress, uint64_t done, uint64_t total,
                     uint64_t bytes_per_second)
{
    char line[PROGRESS_LINE_SIZE] = "";

    progress_line(progress->what, done, total, bytes_per_second, terminal_columns(), line);
    fprintf(stderr, "\r\033[K%s", line);
}

static void show_json(uint64_t done, uint64_t total, uint64_t bytes_per_second)
{
    fprintf(stderr, "{\"progress\":{\"done\":%" PRIu64 ",\"total\":", done);
    if (total)
        fprintf(stderr, "%" PRIu64, total);
    else
        fputs("null", stderr);
    fprintf(stderr, ",\"bytesPerSecond\":%" PRIu64 "}}\n", bytes_per_second);
}

void progress_show(struct progress *progress, uint64_t done, uint64_t total,
                   uint64_t bytes_per_second)
{
    uint64_t every = progress->kind == PROGRESS_JSON ? JSON_EVERY_MS : BAR_EVERY_MS;
    uint64_t now = progress->kind == PROGRESS_NONE ? 0 : now_ms();

    if (progress->kind == PROGRESS_NONE || now - progress->start_ms < SILENT_MS ||
        now - progress->shown_ms < every)
        return;
    progress->shown_ms = now;
    progress->is_shown = true;
    if (progress->kind == PROGRESS_JSON)
        show_json(done, total, bytes_per_second);
    else
        show_bar(progress, done, total, bytes_per_second);
}

void progress_show_average(struct progress *progress, uint64_t done, uint64_t total)
{
    uint64_t passed = progress->kind == PROGRESS_NONE ? 0 : now_ms() - progress->start_ms;

    progress_show(progress, done, total, passed ? done * 1000 / passed : 0);
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown && progress->kind == PROGRESS_BAR)
        fputs("\r\033[K", stderr);
    progress->is_shown = false;
}
