#include "bundle/publish/launch_options.h"

#include <string.h>

#include "resolver/base/quote.h"

static const struct launch_option rows[] = {
    {"--network", true, "which network; what listens is the image's business"},
    {"--subnet", true, "which part of it"},
    {"--network-tier", true, "the price of traffic"},
    {"--private-network-ip", true, "the address inside"},
    {"--address", true, "the address outside"},
    {"--no-address", false, "none outside"},
    {"--stack-type", true, "IPv4, IPv6 or both"},
    {"--tags", true, "which firewall rules apply; seen from outside alone"},
    {"--labels", true, "for bills and searches; not seen inside"},
    {"--description", true, "for people"},
    {"--hostname", true, "a name, given by the network"},
    {"--service-account", true, "who the machine is for GCP"},
    {"--no-service-account", false, "nobody"},
    {"--scopes", true, "what that account may do from it"},
    {"--no-scopes", false, "nothing"},
    {"--boot-disk-size", true, "room; the image stays what it is"},
    {"--boot-disk-type", true, "speed; checked against the machine"},
    {"--boot-disk-provisioned-iops", true, "speed"},
    {"--boot-disk-provisioned-throughput", true, "speed"},
    {"--boot-disk-kms-key", true, "encryption of the disk by one's own key"},
    {"--resource-policies", true, "where in the zone; snapshots"},
    {"--reservation", true, "capacity that is paid for"},
    {"--reservation-affinity", true, "the same"},
    {"--deletion-protection", false, "against deleting it by accident"},
    {"--no-deletion-protection", false, "the default"},
};

const struct launch_option *launch_options_get(size_t number)
{
    return number < sizeof rows / sizeof rows[0] ? &rows[number] : NULL;
}

static const struct launch_option *find(struct slice name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (slice_is(name, rows[i].name))
            return &rows[i];
    }
    return NULL;
}

static struct slice name_of(const char *word)
{
    struct slice rest = slice_text(word);

    return slice_cut(&rest, '=');
}

static enum err_code check_word(const char *word, struct err *err)
{
    const struct launch_option *row = find(name_of(word));
    const char *equals = strchr(word, '=');

    if (!row)
        return err_set(err, ERR_POLICY,
                       "%s: not among the options of gcloud that are passed on, since it could "
                       "weaken the launch; see --help", quote(slice_text(word)).text);
    if (row->has_value && (!equals || !equals[1]))
        return err_set(err, ERR_USAGE, "%s: want %s=VALUE in one word", row->name, row->name);
    if (!row->has_value && equals)
        return err_set(err, ERR_USAGE, "%s takes no value", row->name);
    for (const char *at = word; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return err_set(err, ERR_USAGE, "%s: a control character in it",
                           quote(slice_text(word)).text);
    }
    return ERR_OK;
}

enum err_code launch_options_check(const char *const *words, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (check_word(words[i], err) != ERR_OK)
            return err->code;
        for (size_t j = 0; j < i; j++) {
            if (slice_equal(name_of(words[i]), name_of(words[j])))
                return err_set(err, ERR_USAGE, "%s is given twice",
                               find(name_of(words[i]))->name);
        }
    }
    return ERR_OK;
}

struct slice launch_options_value(const char *const *words, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        struct slice rest = slice_text(words[i]), have = slice_cut(&rest, '=');

        if (slice_is(have, name))
            return rest;
    }
    return (struct slice){NULL, 0};
}
