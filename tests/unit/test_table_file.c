/* Tables in files, and the signatures that are not to be left behind. */
#include "bundle/cli/table_file.h"

#include "bundle/table/table_format.h"
#include "tests/unit/session_world.h"

#define NAME "images/v2.2.0.json"
#define KEY "fixtures/private-keys/good-p256.pem"
#define OTHER_KEY "fixtures/keys/test-only-private-p256-other.pem"
#define UIDS "\"version\":\"v2.2.0\",\"ref\":\"-\",\"stream\":\"stable\","
#define ONE "{" UIDS "\"aws\":{\"eu-central-1\":\"ami-1\"}}"
#define TWO "{" UIDS "\"aws\":{\"eu-central-1\":\"ami-2\"}}"

static struct session_world world;
static struct table_file file;
static struct table_saved saved;

static const char *path_of(const char *name)
{
    return session_world_path(&world, name);
}

/* The table of that text, for a file that is there already, or is not. */
static void read_table(const char *name, const char *text)
{
    bool is_there = temp_exists(&world.folder, name);

    file = (struct table_file){.path = path_of(name), .is_there = is_there};
    if (is_there)
        CHECK_OK(table_file_read(file.path, &world.arena, &file, &world.err), world.err);
    CHECK_OK(table_document_parse(slice_text(text), &world.arena, &file.document, &world.err),
             world.err);
}

static void begin(void)
{
    session_world_begin(&world);
    temp_write(&world.folder, "images/other", SLICE(""));
}

static enum err_code save(const char *name, const char *text)
{
    read_table(name, text);
    memset(&saved, 0xAA, sizeof saved);
    return table_file_save(&world.invocation, table_file_key_options, &file, LAYOUT_RFC,
                           &world.arena, &saved, &world.err);
}

/* What the file holds, without blanks and line ends; "" when it is not there. */
static void check_file(const char *name, const char *want)
{
    struct slice bytes =
        temp_exists(&world.folder, name) ? temp_read(&world.folder, name) : SLICE("");
    char have[512];
    size_t len = 0;

    for (size_t i = 0; i < bytes.len && len < sizeof have; i++) {
        if (bytes.ptr[i] != ' ' && bytes.ptr[i] != '\n')
            have[len++] = (char)bytes.ptr[i];
    }
    CHECK_TEXT(want, slice_of(have, len));
}

static void check_refused(enum err_code code, const char *want, enum err_code have)
{
    char message[ERR_MESSAGE_MAX];

    snprintf(message, sizeof message, "%s/%s", world.folder.path, want);
    CHECK_ERR(code, message, have, world.err);
    CHECK(!saved.is_changed && !saved.signatures && saved.count == 0);
}

TEST(table_file_is_read_with_its_name)
{
    begin();
    temp_write(&world.folder, NAME, SLICE(ONE));
    CHECK_OK(table_file_read(path_of(NAME), &world.arena, &file, &world.err), world.err);
    CHECK(file.is_there && file.document.has_uid);
    CHECK_TEXT(ONE, file.bytes);
    temp_write(&world.folder, NAME, SLICE("{"));
    CHECK_NUMBER(ERR_FORMAT, table_file_read(path_of(NAME), &world.arena, &file, &world.err));
    CHECK(strstr(world.err.msg, "/" NAME ": ") && !file.path && !file.is_there);
    CHECK_NUMBER(ERR_IO, table_file_read(path_of("absent"), &world.arena, &file, &world.err));
    CHECK(!file.path);
    session_world_end(&world);
}

TEST(table_file_has_a_layout)
{
    enum layout layout;

    begin();
    CHECK_OK(table_file_layout(&world.invocation, LAYOUT_V1, &layout, &world.err), world.err);
    CHECK_NUMBER(LAYOUT_V1, layout);
    session_world_give(&world, OPT_TABLE_LAYOUT, "v2");
    CHECK_OK(table_file_layout(&world.invocation, LAYOUT_V1, &layout, &world.err), world.err);
    CHECK_NUMBER(LAYOUT_V2, layout);
    session_world_give(&world, OPT_TABLE_LAYOUT, "v3");
    CHECK_ERR(ERR_USAGE, "--layout \"v3\": want rfc, v1 or v2",
              table_file_layout(&world.invocation, LAYOUT_V1, &layout, &world.err), world.err);
    CHECK_NUMBER(LAYOUT_V1, layout);
    session_world_end(&world);
}

TEST(table_file_is_made_and_changed)
{
    begin();
    CHECK_OK(save(NAME, ONE), world.err);
    CHECK(saved.is_changed && saved.count == 0);
    check_file(NAME, ONE);
    CHECK_OK(save(NAME, ONE), world.err);
    CHECK(!saved.is_changed);
    CHECK_OK(save(NAME, TWO), world.err);
    CHECK(saved.is_changed);
    check_file(NAME, TWO);
    CHECK_NUMBER(3, temp_count(&world.folder)); /* images/, what is in it already, and this */
    session_world_end(&world);
}

/* It came to be since somebody looked; or it is a link that leads nowhere. */
TEST(table_file_is_never_overwritten_when_it_is_new)
{
    begin();
    read_table(NAME, ONE);
    temp_write(&world.folder, NAME, SLICE("mine"));
    check_refused(ERR_POLICY, NAME ": is there already, and is never overwritten",
                  table_file_save(&world.invocation, table_file_key_options, &file, LAYOUT_RFC,
                                  &world.arena, &saved, &world.err));
    check_file(NAME, "mine");
    CHECK(remove(file.path) == 0 && symlink("nowhere", file.path) == 0);
    check_refused(ERR_POLICY, NAME ": is there already, and is never overwritten",
                  table_file_save(&world.invocation, table_file_key_options, &file, LAYOUT_RFC,
                                  &world.arena, &saved, &world.err));
    session_world_end(&world);
}

TEST(table_file_is_signed_by_each_key)
{
    char text[1024];
    struct buf out;

    begin();
    session_world_give(&world, OPT_TABLE_SIGN_KEY, KEY);
    session_world_give(&world, OPT_TABLE_SIGN_KEY, OTHER_KEY);
    CHECK_OK(save(NAME, ONE), world.err);
    CHECK_NUMBER(2, saved.count);
    CHECK_TEXT(path_of(NAME ".sig"), slice_text(saved.signatures[0].beside.sig.path));
    CHECK_TEXT(path_of(NAME ".sigstore.json"), slice_text(saved.signatures[0].beside.bundle.path));
    CHECK_TEXT(path_of(NAME ".7aaf454474cb014e.sig"),
               slice_text(saved.signatures[1].beside.sig.path));
    CHECK(temp_exists(&world.folder, NAME ".sig"));
    CHECK(temp_exists(&world.folder, NAME ".7aaf454474cb014e.sigstore.json"));
    buf_init_fixed(&out, text, sizeof text);
    table_file_print_signed(&file, &saved, &out);
    text[out.len] = '\0';
    CHECK(strstr(text, "/" NAME ": signed by " KEY ": "));
    CHECK(strstr(text, "/" NAME ".7aaf454474cb014e.sigstore.json\n"));
    session_world_end(&world);
}

/* Whoever signs once more keeps the names that he has, whatever the order of the keys. */
TEST(table_file_signatures_keep_their_names)
{
    struct slice before;

    begin();
    session_world_give(&world, OPT_TABLE_SIGN_KEY, KEY);
    CHECK_OK(save(NAME, ONE), world.err);
    before = temp_read(&world.folder, NAME ".sig");
    session_world_take_back(&world, OPT_TABLE_SIGN_KEY);
    session_world_give(&world, OPT_TABLE_SIGN_KEY, OTHER_KEY);
    session_world_give(&world, OPT_TABLE_SIGN_KEY, KEY);
    CHECK_OK(save(NAME, TWO), world.err);
    CHECK_TEXT(path_of(NAME ".7aaf454474cb014e.sig"),
               slice_text(saved.signatures[0].beside.sig.path));
    CHECK_TEXT(path_of(NAME ".sig"), slice_text(saved.signatures[1].beside.sig.path));
    CHECK(!slice_equal(before, temp_read(&world.folder, NAME ".sig")));
    session_world_end(&world);
}

/* Without a bundle that names it, what was signed is told by the table as it was. */
TEST(table_file_signatures_are_those_of_the_table_as_it_was)
{
    begin();
    session_world_give(&world, OPT_TABLE_SIGN_KEY, KEY);
    CHECK_OK(save(NAME, ONE), world.err);
    CHECK(remove(temp_path(&world.folder, NAME ".sigstore.json")) == 0);
    CHECK_OK(save(NAME, TWO), world.err);
    CHECK_TEXT(path_of(NAME ".sig"), slice_text(saved.signatures[0].beside.sig.path));
    session_world_end(&world);
}

TEST(table_file_leaves_no_signature_behind)
{
    begin();
    session_world_give(&world, OPT_TABLE_SIGN_KEY, KEY);
    session_world_give(&world, OPT_TABLE_SIGN_KEY, OTHER_KEY);
    CHECK_OK(save(NAME, ONE), world.err);
    session_world_take_back(&world, OPT_TABLE_SIGN_KEY);
    check_refused(ERR_POLICY,
                  NAME
                  ": is signed (v2.2.0.json.7aaf454474cb014e.sig), and the change would leave the "
                  "signature behind: give --table-sign-key FILE to sign it anew, or remove the "
                  "signature first",
                  save(NAME, TWO));
    CHECK_OK(save(NAME, ONE), world.err); /* no change */
    session_world_give(&world, OPT_TABLE_SIGN_KEY, KEY);
    check_refused(ERR_POLICY,
                  NAME
                  ": v2.2.0.json.7aaf454474cb014e.sig: is not by a given key, and would be left "
                  "behind: give that key, too, or remove the file first",
                  save(NAME, TWO));
    check_file(NAME, ONE);
    session_world_end(&world);
    begin();
    temp_write(&world.folder, NAME ".0123456789abcdef.sig", SLICE("of something else"));
    check_refused(
        ERR_POLICY,
        NAME ": v2.2.0.json.0123456789abcdef.sig: is the signature of another file (remove it)",
        save(NAME, ONE));
    check_file(NAME, "");
    session_world_end(&world);
}

TEST(table_file_is_signed_for_one_version)
{
    begin();
    session_world_give(&world, OPT_TABLE_SIGN_KEY, KEY);
    check_refused(ERR_POLICY,
                  NAME ": the table carries no ref, stream and version: signed, it could pass for "
                       "another version; make one with table new and merge this one into it",
                  save(NAME, "{\"aws\":{\"eu-central-1\":\"ami-1\"}}"));
    CHECK_NUMBER(ERR_FORGED, save("images/v2.3.0.json", ONE));
    check_file("images/v2.3.0.json", "");
    session_world_take_back(&world, OPT_TABLE_SIGN_KEY);
    CHECK_OK(save("images/v2.3.0.json", ONE), world.err); /* not signed: it says what it is */
    session_world_end(&world);
}

/* All that may be refused is, and nothing is written. */
TEST(table_file_can_be_checked_alone)
{
    struct sign_keys none = {0};

    begin();
    read_table(NAME, ONE);
    CHECK_OK(table_file_check_by(&none, &file, LAYOUT_RFC, &world.arena, &world.err), world.err);
    check_file(NAME, "");
    temp_write(&world.folder, NAME ".sig", SLICE("of something else"));
    CHECK_NUMBER(ERR_POLICY,
                 table_file_check_by(&none, &file, LAYOUT_RFC, &world.arena, &world.err));
    memset(&saved, 0xAA, sizeof saved);
    CHECK_NUMBER(ERR_POLICY,
                 table_file_save_by(&none, &file, LAYOUT_RFC, &world.arena, &saved, &world.err));
    CHECK(!saved.is_changed && !saved.signatures && saved.count == 0);
    CHECK(remove(temp_path(&world.folder, NAME ".sig")) == 0);
    CHECK_OK(table_file_save_by(&none, &file, LAYOUT_RFC, &world.arena, &saved, &world.err),
             world.err);
    check_file(NAME, ONE);
    session_world_end(&world);
}

/* As it stands in its file, whatever its form. */
TEST(table_file_is_signed_as_it_stands)
{
    begin();
    temp_write(&world.folder, NAME, SLICE(ONE));
    CHECK_OK(table_file_read(path_of(NAME), &world.arena, &file, &world.err), world.err);
    memset(&saved, 0xAA, sizeof saved);
    CHECK_ERR(ERR_NO_KEY, "no key to sign with: give --table-sign-key FILE",
              table_file_sign(&world.invocation, table_file_key_options, &file, &world.arena,
                              &saved, &world.err),
              world.err);
    CHECK(!saved.signatures && saved.count == 0);
    session_world_give(&world, OPT_TABLE_SIGN_KEY, KEY);
    CHECK_OK(table_file_sign(&world.invocation, table_file_key_options, &file, &world.arena, &saved,
                             &world.err),
             world.err);
    CHECK(!saved.is_changed && saved.count == 1);
    CHECK_TEXT(ONE, temp_read(&world.folder, NAME));
    CHECK(temp_exists(&world.folder, NAME ".sig"));
    session_world_end(&world);
}

TEST(table_file_may_be_an_answer)
{
    char text[1024];
    struct buf out;

    begin();
    read_table(NAME, ONE);
    buf_init_fixed(&out, text, sizeof text);
    world.invocation.out = &out;
    CHECK_OK(table_file_print(&world.invocation, &file.document, LAYOUT_RFC, &world.err),
             world.err);
    CHECK(slice_begins(buf_slice(&out), "{\n") && slice_ends(buf_slice(&out), "}\n"));
    buf_clear(&out);
    session_world_give(&world, OPT_JSON, "");
    CHECK_OK(table_file_print(&world.invocation, &file.document, LAYOUT_RFC, &world.err),
             world.err);
    CHECK(slice_begins(buf_slice(&out), "{\"table\":\"{\\n") &&
          slice_ends(buf_slice(&out), "}\\n\"}\n"));
    buf_clear(&out);
    session_world_give(&world, OPT_TABLE_SIGN_KEY, KEY);
    CHECK_ERR(ERR_USAGE, "a table on standard output cannot be signed: give -o FILE",
              table_file_print(&world.invocation, &file.document, LAYOUT_RFC, &world.err),
              world.err);
    CHECK_NUMBER(0, out.len);
    session_world_end(&world);
}
