#include "resolver/cli/options.h"

#include <string.h>

#include "resolver/base/quote.h"

static const enum option everywhere[] = {OPT_JSON, OPT_QUIET, OPT_VERBOSE, OPT_HELP,
                                         OPT_VERSION, OPTION_COUNT};

static bool contains(const enum option *list, enum option option)
{
    for (; *list != OPTION_COUNT; list++) {
        if (*list == option)
            return true;
    }
    return false;
}

/* Whether the argument is "--name", "--name=value" or "-n" of that option. */
static bool names(const char *argument, enum option option)
{
    struct slice rest = slice_text(argument);
    struct slice name = slice_cut(&rest, '=');

    return (slice_begins(name, "--") &&
            slice_is(slice_part(name, 2, name.len), program_options[option].name)) ||
           (argument[1] && argument[1] == program_options[option].short_name && !argument[2]);
}

/* Finds the option of the verb (of any, before there is one): several verbs may use one name for
 * different things. OPTION_COUNT when there is none. */
static enum option find_option(const char *argument, const struct verb *verb)
{
    for (size_t i = 0; i < program_option_count; i++) {
        enum option option = (enum option)i;

        if (names(argument, option) && (!verb || contains(verb->options, option) ||
                                        contains(everywhere, option)))
            return option;
    }
    return OPTION_COUNT;
}

static enum err_code add_repeat(struct invocation *invocation, enum option option,
                                const char *value, struct err *err)
{
    const size_t most = sizeof invocation->repeats / sizeof invocation->repeats[0];
    size_t count = invocation->given[option] - 1;
    const char **list;

    if (!invocation->repeated[option]) {
        if (invocation->repeats_used == most)
            return err_set(err, ERR_BUG, "more than %zu repeatable options", most);
        invocation->repeated[option] = invocation->repeats[invocation->repeats_used++];
    }
    if (count >= REPEATS_MAX)
        return err_set(err, ERR_USAGE, "--%s is given more than %d times", program_options[option].name,
                       REPEATS_MAX);
    list = (const char **)invocation->repeated[option];
    list[count] = value;
    return ERR_OK;
}

/* Takes the option at argv[*at], and its value. */
static enum err_code take_option(int argc, char **argv, int *at, struct invocation *invocation,
                                 struct err *err)
{
    const char *argument = argv[*at];
    const char *equals = strncmp(argument, "--", 2) == 0 ? strchr(argument, '=') : NULL;
    enum option option = find_option(argument, invocation->verb);
    const struct option_row *row;

    if (option == OPTION_COUNT)
        return err_set(err, ERR_USAGE, "%s: not an option of %s: see --help",
                       quote_bare(slice_text(argument)).text,
                       invocation->verb ? invocation->verb->name : invocation->program);
    row = &program_options[option];
    if (++invocation->given[option] > 1 && row->value && !row->is_repeatable)
        return err_set(err, ERR_USAGE, "--%s is given twice", row->name);
    if (!row->value)
        return equals ? err_set(err, ERR_USAGE, "--%s takes no value", row->name) : ERR_OK;
    /* In "--region $REGION --offline" an empty variable must not swallow the next option. */
    if (!equals && (*at + 1 == argc || strncmp(argv[*at + 1], "--", 2) == 0))
        return err_set(err, ERR_USAGE, "--%s: its value is missing (%s)", row->name, row->value);
    invocation->values[option] = equals ? equals + 1 : argv[++*at];
    if (!invocation->values[option][0])
        return err_set(err, ERR_USAGE, "--%s: its value is empty (%s)", row->name, row->value);
    return row->is_repeatable
               ? add_repeat(invocation, option, invocation->values[option], err)
               : ERR_OK;
}

/* "config generate": the words at argv[at] that are the verb's name; 0 when they are not. */
static int words_matched(const struct verb *verb, int argc, char **argv, int at)
{
    struct slice rest = slice_text(verb->name);
    int words = 0;

    while (rest.ptr) {
        struct slice word = slice_cut(&rest, ' ');

        if (at + words >= argc || !slice_is(word, argv[at + words]))
            return 0;
        words++;
    }
    return words;
}

static const struct verb *find_verb(int argc, char **argv, int *at)
{
    for (const struct verb *const *verb = program_verbs; *verb; verb++) {
        int words = words_matched(*verb, argc, argv, *at);

        if (words) {
            *at += words;
            return *verb;
        }
    }
    return NULL;
}

static enum err_code check_count(const struct invocation *invocation, struct err *err)
{
    const struct verb *verb = invocation->verb;

    if (invocation->argument_count < verb->arguments_min)
        return err_set(err, ERR_USAGE, "%s wants %s: see --help", verb->name, verb->arguments);
    if (invocation->argument_count > verb->arguments_max)
        return err_set(err, ERR_USAGE, "%s: %s is one argument too many: see --help", verb->name,
                       quote(slice_text(invocation->arguments[verb->arguments_max])).text);
    for (size_t i = 0; i < invocation->argument_count; i++) {
        if (!invocation->arguments[i][0])
            return err_set(err, ERR_USAGE, "%s: an argument is empty (%s)", verb->name,
                           verb->arguments);
    }
    if (invocation->given[OPT_QUIET] && invocation->given[OPT_VERBOSE])
        return err_set(err, ERR_USAGE, "--quiet and --verbose exclude each other");
    return ERR_OK;
}

static const char *base_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;

    return slash ? slash + 1 : path ? path : "sealift";
}

/* The words after the verb. A usage error does not hide a later --json: all words are read. */
static enum err_code take_words(int argc, char **argv, int at, struct invocation *invocation,
                                struct err *err)
{
    struct err later;
    bool options_end = false;
    enum err_code rc = ERR_OK;

    for (; at < argc; at++) {
        struct err *to = rc ? &later : err;

        if (!options_end && strcmp(argv[at], "--") == 0) {
            options_end = true;
        } else if (!options_end && argv[at][0] == '-' && argv[at][1]) {
            enum err_code failed = take_option(argc, argv, &at, invocation, to);

            rc = rc ? rc : failed;
        } else if (invocation->argument_count < ARGUMENTS_MAX) {
            invocation->arguments[invocation->argument_count++] = argv[at];
        } else if (!rc) {
            rc = err_set(err, ERR_USAGE, "more than %d arguments", ARGUMENTS_MAX);
        }
    }
    return rc;
}

/* No verb was understood; the first word may be half of one. */
static enum err_code refuse_verb(const struct invocation *invocation, struct err *err)
{
    const char *word = invocation->argument_count ? invocation->arguments[0] : "";

    if (!word[0])
        return err_set(err, ERR_USAGE, "a verb is missing: see --help");
    for (const struct verb *const *verb = program_verbs; *verb; verb++) {
        struct slice rest = slice_text((*verb)->name);
        struct slice first = slice_cut(&rest, ' ');

        if (!rest.ptr || !slice_is(first, word))
            continue;
        if (invocation->argument_count == 1)
            return err_set(err, ERR_USAGE, "%s: a second word is missing, as in \"%s\": see --help",
                           word, (*verb)->name);
        return err_set(err, ERR_USAGE, "%s %s: no such verb; one is \"%s\": see --help", word,
                       quote(slice_text(invocation->arguments[1])).text, (*verb)->name);
    }
    return err_set(err, ERR_USAGE, "%s: no such verb: see --help", quote(slice_text(word)).text);
}

enum err_code options_parse(int argc, char **argv, struct invocation *invocation, struct err *err)
{
    int at = 1;

    memset(invocation, 0, sizeof *invocation);
    invocation->program = base_name(argc > 0 ? argv[0] : NULL);
    invocation->verb = find_verb(argc, argv, &at);
    if (take_words(argc, argv, at, invocation, err))
        return err->code;
    if (invocation->given[OPT_HELP] || invocation->given[OPT_VERSION])
        return ERR_OK;
    if (invocation->verb)
        return check_count(invocation, err);
    if (argc > 1 && argv[1][0] == '-')
        return err_set(err, ERR_USAGE, "%s: the verb comes first: see --help",
                       quote_bare(slice_text(argv[1])).text);
    return refuse_verb(invocation, err);
}

static void add_option(enum option option, struct buf *out)
{
    const struct option_row *row = &program_options[option];
    char name[64], short_name[] = "    ";
    struct buf text;

    if (row->short_name)
        memcpy(short_name, (char[]){'-', row->short_name, ',', ' '}, 4);
    buf_init_fixed(&text, name, sizeof name);
    buf_add_format(&text, "--%s%s%s", row->name, row->value ? " " : "",
                   row->value ? row->value : "");
    buf_add_format(out, "  %s%-25s %s%s\n", short_name, name, row->help,
                   row->is_repeatable ? " (repeatable)" : "");
}

static void add_exit_statuses(struct buf *out)
{
    buf_add_text(out, "\nExit status:\n");
#define X(code, exit_status, name, text) \
    buf_add_format(out, "  %3d  %-10s %s\n", exit_status, name, text);
    ERR_CODES(X)
#undef X
    buf_add_text(out, "  128+n           ended by signal n\n");
}

void options_help(const char *program, struct buf *out)
{
    buf_add_format(out,
                   "%s - finds and checks images of confidential virtual machines\n\n"
                   "Usage: %s VERB [ARGUMENTS] [OPTIONS]\n\nVerbs:\n",
                   program, program);
    for (const struct verb *const *verb = program_verbs; *verb; verb++)
        buf_add_format(out, "  %-28s %s\n", (*verb)->name, (*verb)->summary);
    buf_add_format(out,
                   "\n%s VERB --help explains a verb; %s --version says what is linked in.\n"
                   "\nEnvironment: SEALIFT_REPOSITORY, SEALIFT_KEYS, HTTPS_PROXY, HTTP_PROXY, NO_PROXY, SSL_CERT_FILE\n",
                   program, program);
    add_exit_statuses(out);
}

void options_verb_help(const char *program, const struct verb *verb, struct buf *out)
{
    buf_add_format(out, "Usage: %s %s%s%s [OPTIONS]\n\n%s.\n\n%s\nOptions:\n", program, verb->name,
                   verb->arguments[0] ? " " : "", verb->arguments, verb->summary, verb->details);
    for (const enum option *option = verb->options; *option != OPTION_COUNT; option++)
        add_option(*option, out);
    for (const enum option *option = everywhere; *option != OPTION_COUNT; option++)
        add_option(*option, out);
}
