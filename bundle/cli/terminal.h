/*
 * terminal.h - asks a question on the terminal, and does not show what is typed.
 *
 * In the flow:  the user -> [terminal] -> password
 * Checked here: that echo is off before the first key can be read, and on again whatever happens: at
 *               the end, on an error, and before a signal (Ctrl-C, Ctrl-Z) takes effect.
 */
#ifndef SEALIFT_BUNDLE_CLI_TERMINAL_H
#define SEALIFT_BUNDLE_CLI_TERMINAL_H

#include "resolver/base/buf.h"

/*
 * Shows prompt on the descriptor `show` and appends the line typed on the terminal `in`, without its
 * line end, to out. ERR_IO: no terminal, closed while it was asked; ERR_LIMIT: longer than out.
 */
enum err_code terminal_ask(int in, int show, const char *prompt, struct buf *out,
                           struct err *err) MUST_USE;

#endif
