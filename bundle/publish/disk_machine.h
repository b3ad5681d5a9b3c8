/*
 * disk_machine.h - which machine a disk was made for, by the program that it starts.
 *
 * In the flow:  image -> boot, pe -> [disk_machine] -> the architecture that an image is published with
 * Not checked:  that it starts.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_DISK_MACHINE_H
#define SEALIFT_BUNDLE_PUBLISH_DISK_MACHINE_H

#include "bundle/archive/image.h"
#include "resolver/base/arena.h"

/* *machine is "x86_64" or "aarch64", or NULL where the disk does not say (no GPT, no EFI system partition,
 * no program at the usual place, or one of another kind). scratch is used meanwhile. ERR_IO, ERR_LIMIT and
 * what reading gives; a malformed disk is no error. */
enum err_code disk_machine_find(const struct image *disk, struct arena *scratch,
                                const char **machine, struct err *err) MUST_USE;

#endif
