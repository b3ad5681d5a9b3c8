/*
 * offline.h - the second line behind --offline: no socket can be made any more.
 *
 * In the flow:  --offline -> [offline] -> the kernel
 * How:          a seccomp filter lets socket(2) fail with EPERM. The first line is that the code
 *               which would need one is not reached (fetch_options.offline).
 */
#ifndef SEALIFT_CLI_OFFLINE_H
#define SEALIFT_CLI_OFFLINE_H

/* Takes the right to make sockets from this process for good. Where the kernel has no seccomp
 * nothing happens. */
void offline_enforce(void);

#endif
