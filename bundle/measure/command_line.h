/*
 * command_line.h - the kernel's command line as systemd-stub hands it over, which the kernel extends
 * PCR 9 with.
 *
 * In the flow:  uki (.cmdline) -> [command_line] -> predict
 * Rules:        UTF-8 becomes UCS-2 up to the first NUL; sequences that are malformed and characters
 *               above U+FFFF go. Stubs up to 254: control characters become blanks, and blanks at the
 *               end go; later ones: blanks and control characters at both ends go, inner ones become
 *               blanks. Then UTF-16LE with one NUL.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_COMMAND_LINE_H
#define SEALIFT_BUNDLE_MEASURE_COMMAND_LINE_H

#include "resolver/base/buf.h"

/* Appends what stub version `stub` makes of the section's contents. */
void command_line_encode(struct slice contents, unsigned stub, struct buf *out);

#endif
