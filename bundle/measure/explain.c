#include "bundle/measure/explain.h"

#include <string.h>

#include "bundle/measure/event_words.h"
#include "bundle/measure/eventlog.h"
#include "bundle/measure/uki.h"
#include "resolver/base/hex.h"
#include "resolver/base/quote.h"

#define ITEMS_MAX 128
#define LABEL_MAX 128
#define VALUE_MAX 160

/* One event of a register, with a name that both sides give to the same thing. */
struct item {
    char label[LABEL_MAX];
    const struct pcr_event *event;
};

struct items {
    struct item list[ITEMS_MAX];
    size_t count;
    bool is_cut; /* there were more */
};

static struct slice label_of(const struct item *item)
{
    return slice_text(item->label);
}

/* Whether the event is one of a log, which describes it, and not of a prediction, which knows it. */
static bool is_logged(const struct item *item)
{
    return slice_equal(item->event->what, eventlog_type_name(item->event->type));
}

static void set_label(struct item *item, struct slice label)
{
    label = slice_part(label, 0, LABEL_MAX - 1);
    if (label.len)
        memcpy(item->label, label.ptr, label.len);
    item->label[label.len] = '\0';
}

/* The section whose name has this digest; NULL when it is none. */
static const char *section_of(enum bank bank, const uint8_t *digest)
{
    uint8_t own[BANK_SIZE_MAX];

    for (int i = 0; i < UKI_PARTS; i++) {
        const char *name = uki_part_name((enum uki_part)i);

        bank_digest(bank, slice_of(name, strlen(name) + 1), own);
        if (memcmp(own, digest, bank_size(bank)) == 0)
            return name;
    }
    return NULL;
}

static bool contains(struct slice text, const char *word)
{
    for (size_t i = 0; i < text.len; i++) {
        if (slice_begins(slice_part(text, i, text.len), word))
            return true;
    }
    return false;
}

/* What the kernel extended register 9 with: the label of a prediction, or found in the log's data. */
static struct slice kernel_label(const struct pcr_event *event)
{
    if (slice_begins(event->what, "command line") || contains(event->text, "LoadOptions"))
        return SLICE("the command line");
    if (slice_begins(event->what, "initrd") || contains(event->text, "initrd"))
        return SLICE("the initrd");
    return event->what;
}

/* What both sides call what an event outside of register 11 is about. */
static void name_item(struct item *item)
{
    uint8_t words[LABEL_MAX];
    struct buf out;

    buf_init_fixed(&out, words, sizeof words);
    if (item->event->pcr == 9)
        buf_add(&out, slice_part(kernel_label(item->event), 0, sizeof words));
    else if (is_logged(item))
        event_words(item->event, &out);
    else
        buf_add(&out, slice_part(item->event->what, 0, sizeof words));
    set_label(item, buf_slice(&out));
}

/* The events of a register. Of register 11 the names of sections are left out: they label the contents
 * that follow. */
static void gather(const struct pcr_record *record, unsigned pcr, struct items *items)
{
    const char *section = NULL;

    memset(items, 0, sizeof *items);
    for (size_t i = 0; i < record->count; i++) {
        const struct pcr_event *event = &record->events[i];
        struct item *item = &items->list[items->count];
        const char *named;

        if (event->pcr != pcr)
            continue;
        named = pcr == 11 && !section ? section_of(record->bank, event->digest) : NULL;
        if (named) {
            section = named;
            continue;
        }
        if (items->count == ITEMS_MAX) {
            items->is_cut = true;
            return;
        }
        item->event = event;
        if (section)
            set_label(item, slice_text(section));
        else
            name_item(item);
        section = NULL;
        items->count++;
    }
}

static bool equal_items(enum bank bank, const struct item *a, const struct item *b)
{
    return memcmp(a->event->digest, b->event->digest, bank_size(bank)) == 0;
}

/* The parts of an explanation of one register. */
struct telling {
    struct buf *out;
    unsigned parts;
};

static void begin_part(struct telling *telling)
{
    if (telling->parts++ > 0)
        buf_add_text(telling->out, "; ");
}

/* What other has for the event of that number: of several with the same label, the one in the same
 * place. NULL when there is none. */
static const struct item *find_other(const struct items *items, size_t number,
                                     const struct items *other)
{
    struct slice label = label_of(&items->list[number]);
    size_t before = 0;

    for (size_t i = 0; i < number; i++)
        before += slice_equal(label_of(&items->list[i]), label);
    for (size_t i = 0; i < other->count; i++) {
        if (slice_equal(label_of(&other->list[i]), label) && before-- == 0)
            return &other->list[i];
    }
    return NULL;
}

/* What was hashed, where that is known: the text of a log's event only describes it. Section contents
 * end in line ends and NULs that say nothing. */
static struct slice contents_of(const struct item *item)
{
    struct slice text = is_logged(item) ? slice_of(NULL, 0) : item->event->text;

    while (text.len > 0 && (text.ptr[text.len - 1] == 0 || text.ptr[text.len - 1] == '\n'))
        text.len--;
    return text;
}

/* Those of `from` that `other` does not have. */
static void tell_absent(struct telling *telling, const struct items *from, const struct items *other,
                        const char *name)
{
    for (size_t i = 0; i < from->count; i++) {
        if (find_other(from, i, other))
            continue;
        begin_part(telling);
        buf_add_format(telling->out, "%s is only in %s", quote_bare(label_of(&from->list[i])).text,
                       name);
    }
}

/* Both sides of one register. */
struct pair {
    enum bank bank;
    unsigned pcr;
    const char *a_name, *b_name;
    struct items a, b;
};

/* Of register 11, what the section has. */
static void tell_contents(struct telling *telling, const struct pair *pair, const struct item *a,
                          const struct item *b)
{
    struct slice before = contents_of(a), after = contents_of(b);

    if (slice_equal(before, after))
        return;
    if (before.len > 0 && after.len > 0)
        buf_add_format(telling->out, ": %s -> %s", quote(before).text, quote(after).text);
    else
        buf_add_format(telling->out, ": %s has %s", before.len ? pair->a_name : pair->b_name,
                       quote(before.len ? before : after).text);
}

/* Of two logs, what the events say. */
static void tell_event_values(struct telling *telling, const struct item *a, const struct item *b)
{
    uint8_t before_bytes[VALUE_MAX], after_bytes[VALUE_MAX];
    struct buf before, after;

    buf_init_fixed(&before, before_bytes, sizeof before_bytes);
    buf_init_fixed(&after, after_bytes, sizeof after_bytes);
    event_value(a->event, &before);
    event_value(b->event, &after);
    if (before.len > 0 && after.len > 0 && !slice_equal(buf_slice(&before), buf_slice(&after)))
        buf_add_format(telling->out, ": %s -> %s", quote_bare(buf_slice(&before)).text,
                       quote_bare(buf_slice(&after)).text);
}

static void tell_change(struct telling *telling, const struct pair *pair, const struct item *a,
                        const struct item *b)
{
    begin_part(telling);
    buf_add_format(telling->out, "%s differs", quote_bare(label_of(a)).text);
    if (pair->pcr == 11)
        tell_contents(telling, pair, a, b);
    else if (is_logged(a) && is_logged(b))
        tell_event_values(telling, a, b);
}

static void tell_labelled(struct telling *telling, const struct pair *pair)
{
    size_t same = 0;

    for (size_t i = 0; i < pair->a.count; i++) {
        const struct item *other = find_other(&pair->a, i, &pair->b);

        if (other && equal_items(pair->bank, &pair->a.list[i], other))
            same++;
        else if (other)
            tell_change(telling, pair, &pair->a.list[i], other);
    }
    tell_absent(telling, &pair->a, &pair->b, pair->a_name);
    tell_absent(telling, &pair->b, &pair->a, pair->b_name);
    if (telling->parts == 0)
        buf_add_text(telling->out, "the same events in another order");
    else if (same > 0)
        buf_add_text(telling->out, "; all else equal");
}

/* --- register 4, and others of which only one side has words --- */

static bool has_action(const struct items *items, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (items->list[i].event->type == PCR_EV_ACTION)
            return true;
    }
    return false;
}

/* Names an event that differs (b may be NULL): in a prediction's words where there is one. */
static void add_program(struct buf *out, const struct item *a, const struct item *b)
{
    const struct item *named = b && is_logged(a) && !is_logged(b) ? b : a;

    buf_add_text(out, quote_bare(label_of(named)).text);
    if (b && is_logged(a) && is_logged(b) && !slice_equal(label_of(a), label_of(b)))
        buf_add_format(out, " -> %s", quote_bare(label_of(b)).text);
}

/* The events [from, to) that one side has alone. */
static void tell_more(struct telling *telling, const struct pair *pair, const struct items *more,
                      size_t from, size_t to)
{
    size_t count = to - from;

    begin_part(telling);
    buf_add_format(telling->out, "%s has %zu more event%s: ",
                   more == &pair->a ? pair->a_name : pair->b_name, count, count == 1 ? "" : "s");
    if (pair->pcr == 4 && has_action(more, from, to)) {
        buf_add_text(telling->out, "another boot option was tried first");
        return;
    }
    add_program(telling->out, &more->list[from], NULL);
    if (pair->pcr == 4 && count == 1 && to == more->count)
        buf_add_text(telling->out, " (up to stub 257 the kernel in .linux counts, but not with Secure "
                                   "Boot on)");
}

static size_t shared_start(const struct pair *pair)
{
    size_t i = 0;

    while (i < pair->a.count && i < pair->b.count &&
           equal_items(pair->bank, &pair->a.list[i], &pair->b.list[i]))
        i++;
    return i;
}

static size_t shared_end(const struct pair *pair, size_t start)
{
    size_t i = 0;

    while (start + i < pair->a.count && start + i < pair->b.count &&
           equal_items(pair->bank, &pair->a.list[pair->a.count - 1 - i],
                       &pair->b.list[pair->b.count - 1 - i]))
        i++;
    return i;
}

/* count events from a_at and b_at on, one by one. */
static void tell_changes(struct telling *telling, const struct pair *pair, size_t a_at, size_t b_at,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct item *a = &pair->a.list[a_at + i], *b = &pair->b.list[b_at + i];

        if (equal_items(pair->bank, a, b))
            continue;
        begin_part(telling);
        add_program(telling->out, a, b);
        buf_add_text(telling->out, " differs");
    }
}

/* Boot options that were tried first stand before the rest; what else one side has more, after it. */
static void tell_sequence(struct telling *telling, const struct pair *pair)
{
    size_t start = shared_start(pair), end = shared_end(pair, start);
    size_t a_count = pair->a.count - start - end, b_count = pair->b.count - start - end;
    bool is_a_longer = a_count > b_count;
    const struct items *longer = is_a_longer ? &pair->a : &pair->b;
    size_t shared = is_a_longer ? b_count : a_count, more = a_count + b_count - 2 * shared;

    if (more > 0 && pair->pcr == 4 && has_action(longer, start, start + more)) {
        tell_more(telling, pair, longer, start, start + more);
        tell_changes(telling, pair, start + (is_a_longer ? more : 0), start + (is_a_longer ? 0 : more),
                     shared);
        return;
    }
    tell_changes(telling, pair, start, start, shared);
    if (more > 0)
        tell_more(telling, pair, longer, start + shared, start + shared + more);
}

static void tell_values(struct buf *out, const struct pcr_record *a, const struct pcr_record *b,
                        unsigned pcr)
{
    char before[2 * BANK_SIZE_MAX + 1], after[2 * BANK_SIZE_MAX + 1];

    hex_encode(a->registers[pcr].value, bank_size(a->bank), before);
    hex_encode(b->registers[pcr].value, bank_size(b->bank), after);
    buf_add_format(out, "%s -> %s", before, after);
}

/* Whether all events have words that both sides use. Register 4 is told in the order of its events. */
static bool is_labelled(const struct pair *pair)
{
    const struct items *sides[] = {&pair->a, &pair->b};

    if (pair->pcr == 9 || pair->pcr == 11)
        return true;
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < sides[side]->count; i++) {
            if (!is_logged(&sides[side]->list[i]))
                return false;
        }
    }
    return pair->pcr != 4;
}

static void tell(struct buf *out, unsigned pcr, const struct explain_side *a,
                 const struct explain_side *b)
{
    struct telling telling = {.out = out};
    struct pair pair = {
        .bank = a->record->bank, .pcr = pcr, .a_name = a->name, .b_name = b->name};

    buf_add_format(out, "PCR %u: ", pcr);
    gather(a->record, pcr, &pair.a);
    gather(b->record, pcr, &pair.b);
    if (!a->record->has_events || !b->record->has_events || pair.a.is_cut || pair.b.is_cut)
        tell_values(out, a->record, b->record, pcr);
    else if (is_labelled(&pair))
        tell_labelled(&telling, &pair);
    else
        tell_sequence(&telling, &pair);
    buf_add_byte(out, '\n');
}

static bool is_known(const struct pcr_record *record, unsigned pcr)
{
    return record->registers[pcr].state != PCR_NOT_DERIVABLE;
}

enum err_code explain(const struct explain_side *a, const struct explain_side *b, struct buf *out,
                      unsigned *compared, struct err *err)
{
    unsigned different = 0;

    *compared = 0;
    if (a->record->bank != b->record->bank)
        return err_set(err, ERR_USAGE, "%s has %s registers, %s has %s", a->name,
                       bank_name(a->record->bank), b->name, bank_name(b->record->bank));
    for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++) {
        if (!is_known(a->record, pcr) || !is_known(b->record, pcr))
            continue;
        ++*compared;
        if (memcmp(a->record->registers[pcr].value, b->record->registers[pcr].value,
                   bank_size(a->record->bank)) == 0)
            continue;
        different++;
        tell(out, pcr, a, b);
    }
    if (buf_done(out, err) != ERR_OK)
        return err->code;
    if (different > 0)
        return err_set(err, ERR_DIFFERS, "%u of %u registers differ", different, *compared);
    return ERR_OK;
}
