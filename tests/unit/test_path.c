#include "resolver/base/path.h"

#include "tests/unit/test.h"

TEST(path_last_is_what_stands_after_the_last_slash)
{
    CHECK_TEXT("c", slice_text(path_last("a/b/c")));
    CHECK_TEXT("c", slice_text(path_last("c")));
    CHECK_TEXT("c", slice_text(path_last("/c")));
    CHECK_TEXT("", slice_text(path_last("a/")));
    CHECK_TEXT("", slice_text(path_last("/")));
    CHECK_TEXT("", slice_text(path_last("")));
}
