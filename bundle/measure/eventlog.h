/*
 * eventlog.h - the firmware's log of a boot, as Linux hands it out (binary_bios_measurements).
 *
 * In the flow:  log -> [eventlog] -> struct pcr_record (events, replayed registers) -> explain
 * Standard:     TCG PC Client Platform Firmware Profile, "Event Logging": the crypto-agile form, which
 *               begins with an event "Spec ID Event03".
 * Replay:       every event but EV_NO_ACTION extends its register; a StartupLocality event says what
 *               register 0 began with.
 * Checked here: structure, limits, that all events have a digest of the bank.
 * Not checked:  that digests are those of the data beside them; that a TPM has these registers.
 * Memory:       events in the caller's arena; their texts borrow from the log.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_EVENTLOG_H
#define SEALIFT_BUNDLE_MEASURE_EVENTLOG_H

#include "bundle/measure/pcr.h"

#define EVENTLOG_MAX_BYTES ((size_t)4 << 20)
#define EVENTLOG_EVENTS_MAX 16384
#define EVENTLOG_ALGORITHMS_MAX 16

/*
 * Reads a log and replays it in that bank. Registers 17 to 22 are not derivable: they do not begin as
 * zeros. Events keep their data as text. On failure *record is zeroed.
 *   ERR_FORMAT     not such a log, or malformed: the message has the event's number
 *   ERR_NOT_FOUND  the log has no digests of the bank
 *   ERR_LIMIT      too long; the arena is full
 */
enum err_code eventlog_parse(struct slice log, enum bank bank, struct arena *arena,
                             struct pcr_record *record, struct err *err) MUST_USE;

/* "EV_SEPARATOR", ...; a text that says so when the type is not known. */
struct slice eventlog_type_name(uint32_t type);

/* Whether it begins as such a log does. */
bool eventlog_is(struct slice bytes);

#endif
