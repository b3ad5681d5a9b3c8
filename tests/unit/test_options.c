/* The command line, with the verbs of sealift-resolver. */
#include "resolver/cli/options.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define WORDS_MAX 200

static struct invocation invocation;

/* Parses a command line whose words are separated by single blanks; "''" is an empty word. */
static void parse(const char *line, enum err_code code, const char *message)
{
    static char text[4096];
    static char *words[WORDS_MAX + 1];
    struct err err;
    int count = 0;

    snprintf(text, sizeof text, "%s", line);
    for (char *at = text; at && count < WORDS_MAX; count++) {
        char *blank = strchr(at, ' ');

        words[count] = strncmp(at, "''", 2) == 0 ? at + 2 : at;
        if (blank)
            *blank++ = '\0';
        at = blank;
    }
    words[count] = NULL;
    CHECK_ERR(code, message, options_parse(count, words, &invocation, &err), err);
}

static void check_value(enum option option, const char *want)
{
    CHECK_TEXT(want ? want : "", slice_text(invocation.values[option]));
    CHECK((invocation.values[option] != NULL) == (want != NULL));
}

TEST(options_of_a_verb)
{
    parse("/usr/bin/sealift-resolver resolve v2.2.0 --csp aws --region us-east-1", ERR_OK, NULL);
    CHECK_TEXT("sealift-resolver", slice_text(invocation.program));
    CHECK_TEXT("resolve", slice_text(invocation.verb->name));
    CHECK_NUMBER(1, invocation.argument_count);
    CHECK_TEXT("v2.2.0", slice_text(invocation.arguments[0]));
    check_value(OPT_CSP, "aws");
    check_value(OPT_REGION, "us-east-1");
    check_value(OPT_VARIANT, NULL);
    CHECK_NUMBER(1, invocation.given[OPT_CSP]);
    CHECK_NUMBER(0, invocation.given[OPT_VARIANT]);
}

TEST(options_stand_anywhere_after_the_verb)
{
    parse("p resolve --csp=aws --json v2.2.0 --region=a=b", ERR_OK, NULL);
    CHECK_TEXT("v2.2.0", slice_text(invocation.arguments[0]));
    check_value(OPT_CSP, "aws");
    check_value(OPT_REGION, "a=b");
    CHECK_NUMBER(1, invocation.given[OPT_JSON]);
}

TEST(options_of_verbs_with_two_words)
{
    parse("p config generate gcp -o out.yaml", ERR_OK, NULL);
    CHECK_TEXT("config generate", slice_text(invocation.verb->name));
    CHECK_TEXT("gcp", slice_text(invocation.arguments[0]));
    check_value(OPT_OUTPUT, "out.yaml");
    parse("p config fetch-measurements --output -", ERR_OK, NULL);
    CHECK_TEXT("config fetch-measurements", slice_text(invocation.verb->name));
    check_value(OPT_OUTPUT, "-");
}

TEST(options_end_with_two_hyphens)
{
    parse("p verify-blob -- --key", ERR_OK, NULL);
    CHECK_NUMBER(1, invocation.argument_count);
    CHECK_TEXT("--key", slice_text(invocation.arguments[0]));
    CHECK_NUMBER(0, invocation.given[OPT_KEY]);
    parse("p verify-blob --json -- --", ERR_OK, NULL);
    CHECK_TEXT("--", slice_text(invocation.arguments[0]));
    parse("p verify-blob -", ERR_OK, NULL);
    CHECK_TEXT("-", slice_text(invocation.arguments[0]));
}

TEST(options_that_repeat)
{
    parse("p verify-blob f --key a --signature=s --key b --key=c", ERR_OK, NULL);
    CHECK_NUMBER(3, invocation.given[OPT_KEY]);
    CHECK_TEXT("a", slice_text(invocation.repeated[OPT_KEY][0]));
    CHECK_TEXT("b", slice_text(invocation.repeated[OPT_KEY][1]));
    CHECK_TEXT("c", slice_text(invocation.repeated[OPT_KEY][2]));
    check_value(OPT_KEY, "c");
    CHECK_NUMBER(1, invocation.given[OPT_SIGNATURE]);
    CHECK_TEXT("s", slice_text(invocation.repeated[OPT_SIGNATURE][0]));
    CHECK(invocation.repeated[OPT_TABLE_KEY] == NULL);
}

TEST(options_flags_may_repeat)
{
    parse("p versions --json --json -q -q", ERR_OK, NULL);
    CHECK_NUMBER(2, invocation.given[OPT_JSON]);
    CHECK_NUMBER(2, invocation.given[OPT_QUIET]);
}

TEST(options_values_may_begin_with_one_hyphen)
{
    parse("p resolve v2.2.0 --region -x --variant=--y", ERR_OK, NULL);
    check_value(OPT_REGION, "-x");
    check_value(OPT_VARIANT, "--y");
}

TEST(options_help_and_version_need_nothing_else)
{
    parse("p --help", ERR_OK, NULL);
    CHECK(invocation.verb == NULL && invocation.given[OPT_HELP] == 1);
    parse("p -h", ERR_OK, NULL);
    parse("p --version", ERR_OK, NULL);
    parse("p verify-blob --help", ERR_OK, NULL);
    CHECK_TEXT("verify-blob", slice_text(invocation.verb->name));
    parse("p verify-blob a b c -h", ERR_OK, NULL);
    parse("p nonsense --help", ERR_OK, NULL);
}

#define SEE ": see --help"

static const struct {
    const char *line, *message;
} refused[] = {
    {"p", "a verb is missing" SEE},
    {"p ''", "a verb is missing" SEE},
    {"p nonsense", "\"nonsense\": no such verb" SEE},
    {"p RESOLVE v2.2.0", "\"RESOLVE\": no such verb" SEE},
    {"p \033[2J", "\"\\x1b[2J\": no such verb" SEE},
    {"p config", "config: a second word is missing, as in \"config generate\"" SEE},
    {"p config nonsense", "config \"nonsense\": no such verb; one is \"config generate\"" SEE},
    {"p key", "key: a second word is missing, as in \"key id\"" SEE},
    {"p --json resolve v2.2.0", "--json: the verb comes first" SEE},
    {"p --csp=aws resolve v2.2.0", "--csp=aws: the verb comes first" SEE},
    {"p -q", "-q: the verb comes first" SEE},
    {"p --bogus", "--bogus: not an option of p" SEE},
    {"p resolve --bogus", "--bogus: not an option of resolve" SEE},
    {"p resolve --bogus=1", "--bogus=1: not an option of resolve" SEE},
    {"p resolve -x", "-x: not an option of resolve" SEE},
    {"p resolve -qv", "-qv: not an option of resolve" SEE},
    {"p resolve -csp aws", "-csp: not an option of resolve" SEE},
    {"p resolve --c aws", "--c: not an option of resolve" SEE},
    {"p resolve --CSP aws", "--CSP: not an option of resolve" SEE},
    {"p resolve --=x", "--=x: not an option of resolve" SEE},
    {"p resolve -o file", "-o: not an option of resolve" SEE},
    {"p config generate gcp -o=file", "-o=file: not an option of config generate" SEE},
    {"p resolve --key k", "--key: not an option of resolve" SEE},
    {"p resolve --latest", "--latest: not an option of resolve" SEE},
    {"p resolve --\x01", "--\\x01: not an option of resolve" SEE},
    {"p resolve v2.2.0 --csp", "--csp: its value is missing (CSP)"},
    {"p resolve v2.2.0 --csp --json", "--csp: its value is missing (CSP)"},
    {"p resolve v2.2.0 --repository --", "--repository: its value is missing (DIR|URL)"},
    {"p config generate gcp -o", "--output: its value is missing (FILE)"},
    {"p resolve v2.2.0 --csp=", "--csp: its value is empty (CSP)"},
    {"p resolve v2.2.0 --csp ''", "--csp: its value is empty (CSP)"},
    {"p verify-blob f --key=", "--key: its value is empty (FILE)"},
    {"p resolve v2.2.0 --csp aws --csp gcp", "--csp is given twice"},
    {"p resolve v2.2.0 --csp aws --csp=aws", "--csp is given twice"},
    {"p resolve v2.2.0 --json=true", "--json takes no value"},
    {"p resolve v2.2.0 --offline=", "--offline takes no value"},
    {"p resolve v2.2.0 -q -v", "--quiet and --verbose exclude each other"},
    {"p resolve v2.2.0 --verbose --quiet", "--quiet and --verbose exclude each other"},
    {"p resolve v2.2.0 v2.3.0", "resolve: \"v2.3.0\" is one argument too many" SEE},
    {"p versions x", "versions: \"x\" is one argument too many" SEE},
    {"p verify-blob", "verify-blob wants FILE" SEE},
    {"p config generate", "config generate wants CSP" SEE},
    {"p resolve ''", "resolve: an argument is empty ([UID])"},
    {"p verify-blob ''", "verify-blob: an argument is empty (FILE)"},
};

TEST(options_refusals)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        parse(refused[i].line, ERR_USAGE, refused[i].message);
}

/* The first fault is the one that is told, and --json counts wherever it stands. */
TEST(options_are_read_to_the_end_after_a_fault)
{
    parse("p resolve --bogus --csp --json", ERR_USAGE, "--bogus: not an option of resolve" SEE);
    CHECK_NUMBER(1, invocation.given[OPT_JSON]);
    parse("p resolve a b c --csp= --bogus --json", ERR_USAGE, "--csp: its value is empty (CSP)");
    CHECK_NUMBER(1, invocation.given[OPT_JSON]);
    parse("p nonsense --json", ERR_USAGE, "\"nonsense\": no such verb" SEE);
    CHECK_NUMBER(1, invocation.given[OPT_JSON]);
}

/* Many words of which `word` repeats. */
static enum err_code parse_many(const char *verb, const char *word, int count, struct err *err)
{
    static char *words[2048];

    words[0] = (char *)(uintptr_t) "p";
    words[1] = (char *)(uintptr_t)verb;
    for (int i = 0; i < count; i++)
        words[2 + i] = (char *)(uintptr_t)word;
    words[2 + count] = (char *)(uintptr_t) "f";
    words[3 + count] = NULL;
    return options_parse(3 + count, words, &invocation, err);
}

TEST(options_repeat_at_most_64_times)
{
    struct err err;

    CHECK_OK(parse_many("verify-blob", "--key=k", REPEATS_MAX, &err), err);
    CHECK_NUMBER(64, invocation.given[OPT_KEY]);
    CHECK_TEXT("k", slice_text(invocation.repeated[OPT_KEY][63]));
    CHECK_ERR(ERR_USAGE, "--key is given more than 64 times",
              parse_many("verify-blob", "--key=k", REPEATS_MAX + 1, &err), err);
    CHECK_ERR(ERR_USAGE, "--key is given more than 64 times",
              parse_many("verify-blob", "--key=k", 2000, &err), err);
    CHECK_NUMBER(1, invocation.repeats_used);
    CHECK_NUMBER(1, invocation.argument_count);
}

TEST(options_take_at_most_1100_arguments)
{
    struct err err;

    CHECK_ERR(ERR_USAGE, "versions: \"x\" is one argument too many" SEE,
              parse_many("versions", "x", ARGUMENTS_MAX - 1, &err), err);
    CHECK_ERR(ERR_USAGE, "more than 1100 arguments",
              parse_many("versions", "x", ARGUMENTS_MAX, &err), err);
    CHECK_ERR(ERR_USAGE, "more than 1100 arguments", parse_many("versions", "x", 2000, &err), err);
    CHECK_NUMBER(1100, invocation.argument_count);
}

TEST(options_without_a_program_name)
{
    char *none[] = {NULL};
    struct err err;

    CHECK_ERR(ERR_USAGE, "a verb is missing" SEE, options_parse(0, none, &invocation, &err), err);
    CHECK_TEXT("sealift", slice_text(invocation.program));
}

static bool holds(struct slice text, const char *part)
{
    for (size_t i = 0; i < text.len; i++) {
        if (slice_begins(slice_part(text, i, text.len), part))
            return true;
    }
    return false;
}

TEST(options_help_lists_verbs_and_exit_statuses)
{
    struct slice text;
    struct buf out;

    buf_init_heap(&out, 1 << 16);
    options_help("p", &out);
    text = buf_slice(&out);
    CHECK(holds(text, "Usage: p VERB [ARGUMENTS] [OPTIONS]\n"));
    for (const struct verb *const *verb = program_verbs; *verb; verb++)
        CHECK(holds(text, (*verb)->name) && holds(text, (*verb)->summary));
    for (int code = ERR_OK; code <= ERR_DIFFERS; code++)
        CHECK(holds(text, err_name((enum err_code)code)) &&
              holds(text, err_text((enum err_code)code)));
    CHECK(slice_ends(text, "\n"));
    buf_clear(&out);
}

TEST(options_help_of_a_verb_lists_its_options)
{
    struct buf out;

    for (const struct verb *const *verb = program_verbs; *verb; verb++) {
        buf_init_heap(&out, 1 << 16);
        options_verb_help("p", *verb, &out);
        CHECK(slice_begins(buf_slice(&out), "Usage: p "));
        CHECK(holds(buf_slice(&out), (*verb)->details));
        CHECK(holds(buf_slice(&out), "\n  -q, --quiet "));
        CHECK(holds(buf_slice(&out), "\n      --json "));
        buf_clear(&out);
    }
    parse("p verify-blob --help", ERR_OK, NULL);
    buf_init_heap(&out, 1 << 16);
    options_verb_help("p", invocation.verb, &out);
    CHECK(slice_begins(buf_slice(&out), "Usage: p verify-blob FILE [OPTIONS]\n\n"));
    CHECK(holds(buf_slice(&out), "\n      --key FILE "));
    CHECK(holds(buf_slice(&out), " public key that measurements or a file must be signed by "
                                 "(repeatable)\n"));
    CHECK(!holds(buf_slice(&out), "--region"));
    buf_clear(&out);
}
