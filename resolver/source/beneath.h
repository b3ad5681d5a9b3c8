/*
 * beneath.h - opens files below a directory, and never anything else.
 *
 * In the flow:  layout's names -> [beneath] -> source_dir; import's targets
 * Rule:         symbolic links are followed as long as they stay below the directory (mounted
 *               configuration maps are made of such links); a link out of it, an absolute one
 *               too, is refused.
 * How:          openat2 with RESOLVE_BENEATH; where the kernel lacks it (before 5.6) or a sandbox
 *               forbids it, step by step with O_NOFOLLOW.
 */
#ifndef SEALIFT_SOURCE_BENEATH_H
#define SEALIFT_SOURCE_BENEATH_H

#define BENEATH_DEPTH_MAX 64 /* step by step: folders on the way, the directory itself included */
#define BENEATH_LINKS_MAX 40 /* symbolic links followed for one name, as Linux does */

/* Opens name (relative, no empty segment) below the directory fd `root` with open(2)'s flags;
 * O_CLOEXEC is added; O_PATH goes with O_NOFOLLOW alone. Returns a descriptor, or -1 with errno:
 * EXDEV for a way out, ELOOP for too many links, else as open(2). */
int beneath_open(int root, const char *name, int flags);

/* The same without openat2; exported for the tests. */
int beneath_open_stepwise(int root, const char *name, int flags);

#endif
