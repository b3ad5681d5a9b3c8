/*
 * event_words.h - what an event of a boot's log is, and what it says, in words.
 *
 * In the flow:  eventlog -> [event_words] -> explain
 * Words:        the type, and where the event's data names it: the variable ("EV_EFI_VARIABLE_BOOT
 *               BootOrder"), the program's path, the action, the text, the firmware's volume.
 * Standard:     TCG PC Client Platform Firmware Profile, "Event Types"; UEFI, "Device Path Protocol" and
 *               "Load Options".
 * Not checked:  that the data is what was hashed: what a log says of itself explains, and proves nothing.
 *               Data that has not its type's form gives the type alone.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_EVENT_WORDS_H
#define SEALIFT_BUNDLE_MEASURE_EVENT_WORDS_H

#include "bundle/measure/pcr.h"
#include "resolver/base/buf.h"

/* Appends the type's name and what is named, cut at some 80 characters; text of the log is as it is
 * there, not escaped. */
void event_words(const struct pcr_event *event, struct buf *out);

/* Appends what the event says, where that is short: "on" of SecureBoot, "0001 0000" of BootOrder, the
 * description of a boot option, "empty" or "935 bytes" of other variables and of firmware; or nothing. */
void event_value(const struct pcr_event *event, struct buf *out);

#endif
