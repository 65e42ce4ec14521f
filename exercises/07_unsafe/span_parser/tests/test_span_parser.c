/* test_span_parser.c - the graded tests of 07_unsafe/span_parser: what span_parser.h and the handout promise.
 *
 * Each input lies in a block of just its size, at an odd address, so that the address sanitizer sees the first
 * byte that is read behind it. What is expected comes from the draft that the input was written with.
 */
#include "span_parser.h"
#include "subject.h"

#include "draft.h"
#include "parsing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct draft draft, inside;

/* The one rule of a test: these bytes get this error. */
static void expect_error(const struct draft *of, int error, const char *what)
{
    struct parsed parsed;
    parsing_begin(&parsed, of, DRAFT_NODES_MAX);
    parsing_expect_error(&parsed, error, what);
    parsing_end(&parsed);
}

/* The draft is sealed, and gets what it notes of itself. */
static void expect_noted(struct draft *of, const char *what)
{
    struct parsed parsed;
    draft_seal(of);
    parsing_begin(&parsed, of, DRAFT_NODES_MAX);
    parsing_expect_error(&parsed, of->error, what);
    if (!of->error)
        parsing_expect_nodes(&parsed, what);
    parsing_end(&parsed);
}

static void checksums_are_fnv(void)
{
    static const struct {
        const char *bytes;
        uint32_t sum;
    } known[] = {{"", 0x811c9dc5}, {"a", 0xe40c292c}, {"foobar", 0xbf9cf968}};
    for (size_t i = 0; i < 3; i++)
        expect_int(parcel_checksum(known[i].bytes, strlen(known[i].bytes)), known[i].sum,
                   "parcel_checksum of \"%s\"", known[i].bytes);
    expect_int(parcel_checksum("\x80\xff", 2), 0xd1390020, "parcel_checksum of the bytes 80 ff");
    expect_int(parcel_checksum("\0\0", 2), 0x117697cd,
               "parcel_checksum of the bytes 00 00: a zero is a byte like any other");
    subject_done();
}

/* A header whose byte `at` is `byte`, on an otherwise right parcel. */
static void expect_header(size_t at, uint8_t byte, int error, const char *what)
{
    draft_start(&draft);
    draft_number(&draft, "n", 1, 1);
    draft_seal(&draft);
    draft.bytes[at] = byte;
    expect_error(&draft, error, what);
}

static void headers_are_checked(void)
{
    draft_start(&draft);
    expect_noted(&draft, "a parcel without records is right");
    expect_header(0, 'p', -EPROTO, "the first three bytes are PCL");
    expect_header(2, 'C', -EPROTO, "the first three bytes are PCL");
    expect_header(3, 0, -EPROTONOSUPPORT, "the version is 1");
    expect_header(3, 2, -EPROTONOSUPPORT, "the version is 1");
    expect_header(4, 6, -ENODATA, "the header says one byte more than follows it");
    expect_header(5, 1, -ENODATA, "the header says 256 bytes more than follow it");
    expect_header(7, 0xff, -ENODATA, "the header says 4 GB more than follow it");
    expect_header(4, 4, -EMSGSIZE, "the header says one byte less than follows it");
    expect_header(8, 0, -EBADMSG, "the header's checksum is that of the records");
    expect_header(11, 0, -EBADMSG, "the header's checksum is that of the records");
    for (size_t i = 0; i < PARCEL_HEADER_BYTES; i++) {
        draft_start(&draft);
        draft_seal(&draft);
        draft.size_bytes = i;
        draft.bytes[0] = 'x';
        expect_error(&draft, -ENODATA, "fewer bytes than a header has, whatever they are");
    }
    size_t count = 77;
    expect_int(parcel_parse(NULL, 0, NULL, 0, &count), -ENODATA, "parcel_parse of no bytes at all");
    expect_size(count, 77, "*count is as it was after an error");
    subject_done();
}

/* The first fault decides: a parcel that has two of them. */
static void the_first_fault_counts(void)
{
    draft_start(&draft);
    draft_number(&draft, "n", 1, 9);
    draft_seal(&draft);
    draft.bytes[8] ^= 1;
    expect_error(&draft, -EBADMSG, "a wrong checksum comes before a wrong record");
    draft.bytes[4]++;
    expect_error(&draft, -ENODATA, "a wrong length comes before a wrong checksum");
    draft.bytes[3] = 9;
    expect_error(&draft, -EPROTONOSUPPORT, "a wrong version comes before a wrong length");
    draft.bytes[0] = 'Q';
    expect_error(&draft, -EPROTO, "wrong first bytes come before a wrong version");
    draft_start(&draft);
    draft_number(&draft, "UPPER", 1, 9);
    expect_noted(&draft, "a record's name comes before its payload");
    draft_start(&draft);
    draft_record(&draft, 77, "UPPER", "", 0);
    expect_noted(&draft, "a record's tag comes before its name");
    draft_records(&inside);
    draft_number(&inside, "n", 1, 0);
    draft_start(&draft);
    draft_group(&draft, "UPPER", &inside);
    expect_noted(&draft, "a group's name comes before what is in the group");
    draft_start(&draft);
    draft_group(&draft, "g", &inside);
    draft_text(&draft, "t", "\x7f");
    expect_noted(&draft, "what is in a group comes before what is behind it");
    draft_start(&draft);
    draft_text(&draft, "UPPER", "");
    draft_bytes(&draft, "\1", 1);
    expect_noted(&draft, "a record comes before the next one");
    draft_start(&draft);
    draft_field(&draft, PARCEL_TEXT, "A", 3);
    expect_noted(&draft, "a record's name comes before its length");
    draft_start(&draft);
    draft_bytes(&draft, "\1\5A", 3);
    draft_seal(&draft);
    expect_error(&draft, -ENODATA, "a name that is cut off comes before what is wrong in it");
    draft_start(&draft);
    draft_bytes(&draft, "\1\1n\x9", 4);
    draft_seal(&draft);
    expect_error(&draft, -ENODATA, "a number of 9 bytes that are not there: the end comes first");
    subject_done();
}

static void numbers_are_read(void)
{
    draft_start(&draft);
    for (size_t size = 1; size <= 8; size++) {
        draft_number(&draft, "low", 1, size);
        draft_number(&draft, "all", UINT64_MAX >> 8 * (8 - size), size);
        draft_number(&draft, "high", UINT64_C(0x80) << 8 * (size - 1), size);
        draft_number(&draft, "steps", UINT64_C(0x8877665544332211) >> 8 * (8 - size), size);
    }
    expect_noted(&draft, "numbers of 1 to 8 bytes, least significant first");
    for (size_t size = 0; size <= 10; size++) {
        draft_start(&draft);
        draft_number(&draft, "n", 5, size);
        expect_noted(&draft, subject_format("a number of %zu bytes", size));
    }
    subject_done();
}

static void texts_and_names_are_checked(void)
{
    char one[2] = "", name[41];
    for (int byte = 1; byte < 256; byte++) {
        one[0] = (char)byte;
        draft_start(&draft);
        draft_text(&draft, "t", one);
        expect_noted(&draft, subject_format("a text of the byte 0x%02x", byte));
        draft_start(&draft);
        draft_text(&draft, one, "text");
        expect_noted(&draft, subject_format("a name of the byte 0x%02x", byte));
    }
    for (size_t length = 0; length <= 40; length++) {
        memset(name, 'n', length);
        name[length] = '\0';
        draft_start(&draft);
        draft_text(&draft, name, "a text of one line\nand another");
        expect_noted(&draft, subject_format("a name of %zu bytes", length));
    }
    draft_start(&draft);
    draft_record(&draft, PARCEL_TEXT, "t", "a\0b", 3);
    draft_fault(&draft, -EILSEQ);
    expect_noted(&draft, "a zero byte in the middle of a text");
    draft_start(&draft);
    draft_bytes(&draft, "\2\3a\0b\1x", 7);
    draft_seal(&draft);
    expect_error(&draft, -EILSEQ, "a zero byte in the middle of a name");
    subject_done();
}

/* A text record without a name, and with its length written as these bytes. */
static void expect_length(const char *bytes, size_t count, size_t payload_bytes, int error,
                          const char *what)
{
    uint8_t spaces[400];
    memset(spaces, 0x20, sizeof(spaces));
    draft_start(&draft);
    draft_bytes(&draft, "\2\0", 2);
    draft_bytes(&draft, bytes, count);
    draft_bytes(&draft, spaces, payload_bytes);
    draft_seal(&draft);
    expect_error(&draft, error, what);
}

static void lengths_are_read(void)
{
    static const size_t sizes[] = {0, 1, 127, 128, 129, 255, 256, 383, 384, 3000};
    static char text[3001];
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        memset(text, '~', sizes[i]);
        text[sizes[i]] = '\0';
        draft_start(&draft);
        draft_text(&draft, "long", text);
        draft_number(&draft, "behind", 1, 1);
        expect_noted(&draft, subject_format("a length of %zu", sizes[i]));
    }
    expect_length("\x80\0", 2, 0, -EINVAL, "0 in two bytes: a length is as short as it can be");
    expect_length("\x81\0", 2, 1, -EINVAL, "1 in two bytes: a length is as short as it can be");
    expect_length("\x81\x80\0", 3, 1, -EINVAL, "1 in three bytes");
    expect_length("\xff\x80\x80\x80\0", 5, 127, -EINVAL, "127 in five bytes");
    expect_length("\x81\x80\1", 3, 1, -ENODATA, "a length of 16385 where 1 byte follows");
    expect_length("\x81\x80\x80\1", 4, 1, -ENODATA, "a length of 2 MB where 1 byte follows");
    expect_length("\x81\x80\x80\x80\1", 5, 1, -ENODATA, "a length of 256 MB, and 1 byte follows");
    expect_length("\xff\xff\xff\xff\x0f", 5, 9, -ENODATA, "the longest length, and 9 bytes follow");
    expect_length("\x81\x80\x80\x80\x10", 5, 1, -EOVERFLOW, "a length of more than 32 bits");
    expect_length("\xff\xff\xff\xff\x7f", 5, 9, -EOVERFLOW, "a length of more than 32 bits");
    expect_length("\x81\x80\x80\x80\x80\0", 6, 1, -EOVERFLOW, "a length of six bytes");
    expect_length("\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 10, 9, -EOVERFLOW,
                  "a length of ten bytes");
    expect_length("\x81\x80\x80\x80\x81", 5, 0, -EOVERFLOW,
                  "the fifth byte says that there is a sixth, which is not there");
    expect_length("\x80", 1, 0, -ENODATA, "a length that does not end");
    expect_length("\xff\xff\xff\xff", 4, 0, -ENODATA, "a length that does not end");
    subject_done();
}

/* The records one, [two three] and four: the inner length is `length`, where 8 is right. */
static void expect_reach(const char *inner, size_t count, int error, const char *what)
{
    draft_start(&draft);
    draft_number(&draft, "a", 1, 1);
    draft_field(&draft, PARCEL_GROUP, "g", (uint32_t)count);
    draft_bytes(&draft, inner, count);
    draft_text(&draft, "b", "text that is long enough to be read by mistake");
    draft_seal(&draft);
    expect_error(&draft, error, what);
}

static void nothing_reaches_beyond_its_container(void)
{
    expect_reach("\2\1x\2hi", 6, 0, "a text that ends where its group ends");
    expect_reach("\2\1x\3hi", 6, -ENODATA, "a text that ends one byte behind its group");
    expect_reach("\2\1x\7hi", 6, -ENODATA, "a text that ends in the record behind its group");
    expect_reach("\2\1x\xfc\xff\xff\xff\x0f", 8, -ENODATA, "a text of 4 GB in a group");
    expect_reach("\2\1x", 3, -ENODATA, "a group that ends before a length");
    expect_reach("\2\1x\x80", 4, -ENODATA, "a group that ends in a length");
    expect_reach("\2\1", 2, -ENODATA, "a group that ends before a name");
    expect_reach("\2\3xy", 4, -ENODATA, "a group that ends in a name");
    expect_reach("\2", 1, -ENODATA, "a group that ends behind a tag");
    expect_reach("\4\1h\3\2\1x", 7, -ENODATA, "a group in a group that ends before a length");
    expect_reach("\4\1h\4\2\1x\0", 8, 0, "a group that ends where its group ends");
    expect_reach("\4\1h\5\2\1x\0", 8, -ENODATA, "a group that ends one byte behind its group");
    expect_reach("\x80\1h\5\2\1x\0", 8, -ENODATA, "a skipped record that ends behind its group");
    expect_reach("\3\1x\5hash!", 9, -EBADMSG, "a blob that ends where its group ends");
    expect_reach("\3\1x\3has", 7, -ENODATA, "a blob that is shorter than its checksum");
    expect_reach("\1\1x\2\1\2", 6, 0, "a number that ends where its group ends");
    expect_reach("\1\1x\3\1\2", 6, -ENODATA, "a number that ends one byte behind its group");
    subject_done();
}

static void blobs_are_checked(void)
{
    static const uint8_t bytes[] = {0x00, 0xff, 0x80, 0x7f, 'b', 'l', 'o', 'b', 0x00};
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        draft_start(&draft);
        draft_blob(&draft, "blob", bytes, size);
        draft_number(&draft, "behind", 1, 1);
        expect_noted(&draft, subject_format("a blob of %zu bytes behind its checksum", size));
    }
    for (size_t at = 0; at < 4 + sizeof(bytes); at++) {
        draft_start(&draft);
        draft_blob(&draft, "blob", bytes, sizeof(bytes));
        draft.bytes[draft.size_bytes - 1 - at] ^= 0x10;
        draft_fault(&draft, -EBADMSG);
        expect_noted(&draft, subject_format("a blob with byte %zu from the end changed", at));
    }
    for (size_t size = 0; size < 4; size++) {
        draft_start(&draft);
        draft_record(&draft, PARCEL_BLOB, "blob", "\xc5\x9d\x1c", size);
        draft_fault(&draft, -ENODATA);
        expect_noted(&draft,
                     subject_format("a blob of %zu bytes has no room for a checksum", size));
    }
    subject_done();
}

/* Groups in groups, and what `inside` has in the innermost. */
static void nest_around(unsigned groups)
{
    for (unsigned i = 0; i < groups; i++) {
        draft_records(&draft);
        draft_text(&draft, "before", "");
        draft_group(&draft, "g", &inside);
        draft_text(&draft, "behind", "");
        inside = draft;
    }
    draft_start(&draft);
    draft_bytes(&draft, inside.bytes, inside.size_bytes);
    draft_seal(&draft);
}

/* The same, and a number in the innermost, or nothing. */
static void nest(unsigned groups, bool number)
{
    draft_records(&inside);
    if (number)
        draft_number(&inside, "n", 7, 1);
    nest_around(groups);
}

/* A parcel of nothing but groups, each of which is all that is in the one around it. */
static void expect_tower(size_t groups)
{
    enum { RECORD_MAX_BYTES = 7 };
    size_t size = PARCEL_HEADER_BYTES + groups * RECORD_MAX_BYTES, at = size;
    uint8_t *bytes = malloc(size);
    if (!bytes)
        abort();
    for (size_t i = 0; i < groups; i++) { /* from the innermost on, which is the last */
        uint8_t field[RECORD_MAX_BYTES] = {PARCEL_GROUP, 0};
        size_t length = size - at, used = 2;
        for (; length >= 128; length /= 128)
            field[used++] = (uint8_t)(length % 128 + 128);
        field[used++] = (uint8_t)length;
        at -= used;
        memcpy(bytes + at, field, used);
    }
    at -= PARCEL_HEADER_BYTES;
    draft_write_header(bytes + at, size - at);
    size_t count = 0;
    int error = parcel_parse(bytes + at, size - at, NULL, 0, &count);
    subject_expect(error == -ELOOP, SUBJECT_HERE, "-ELOOP", parsing_error_name(error),
                   "%zu groups, each in the one before", groups);
    free(bytes);
}

static void groups_nest(void)
{
    draft_records(&inside);
    draft_start(&draft);
    draft_group(&draft, "empty", &inside);
    draft_number(&inside, "x", 1, 1);
    draft_number(&inside, "y", 2, 2);
    draft_group(&draft, "point", &inside);
    draft_text(&draft, "t", "between");
    draft_record(&inside, PARCEL_SKIPPED, "later", "", 0);
    draft_group(&draft, "point", &inside);
    expect_noted(&draft, "groups with 0 and 2 records in them");
    for (unsigned depth = 1; depth < PARCEL_DEPTH_MAX; depth++) {
        nest(depth, true);
        draft_start(&draft);
        draft_group(&draft, "outer", &inside);
        expect_noted(&draft, subject_format("a number in %u groups", depth + 1));
    }
    nest(17, false);
    expect_error(&draft, 0, "an empty group in 16 groups");
    nest(17, true);
    expect_error(&draft, -ELOOP, "a number in 17 groups");
    nest(18, false);
    expect_error(&draft, -ELOOP, "texts in 17 groups");
    draft_records(&inside);
    draft_bytes(&inside, "\0", 1);
    nest_around(17);
    expect_error(&draft, -ELOOP,
                 "a record with tag 0 in 17 groups: its depth comes before its tag");
    expect_tower(18);
    expect_tower(1000);
    expect_tower(200000);
    subject_done();
}

static void later_records_are_skipped(void)
{
    draft_start(&draft);
    draft_number(&draft, "a", 1, 1);
    for (unsigned tag = PARCEL_SKIPPED; tag <= 255; tag++)
        draft_record(&draft, tag, "later", "\xff\xff\xff\xff", tag % 5);
    draft_number(&draft, "b", 2, 1);
    expect_noted(&draft, "records from tag 128 on are skipped, and leave no node");
    for (unsigned tag = 0; tag < PARCEL_SKIPPED; tag++) {
        if (tag >= PARCEL_NUMBER && tag <= PARCEL_GROUP)
            continue;
        draft_start(&draft);
        draft_record(&draft, tag, "n", "\1", 1);
        expect_noted(&draft, subject_format("a record of tag %u", tag));
    }
    draft_start(&draft);
    draft_record(&draft, 200, "Later", "", 0);
    expect_noted(&draft, "the name of a skipped record is checked");
    subject_done();
}

/* A parcel with something of everything. */
static void draft_sample(void)
{
    draft_records(&inside);
    draft_number(&inside, "width", 640, 2);
    draft_number(&inside, "height", 480, 2);
    draft_blob(&inside, "pixels", "\xff\0\xff", 3);
    draft_start(&draft);
    draft_text(&draft, "title", "A parcel");
    draft_group(&draft, "image", &inside);
    draft_record(&draft, 129, "draft", "?", 1);
    draft_group(&draft, "thumbnail", &inside);
    draft_number(&draft, "", 1, 8);
    draft_seal(&draft);
}

static void every_cut_is_found(void)
{
    draft_sample();
    size_t whole = draft.size_bytes;
    for (size_t size = 0; size < whole; size++) {
        draft.size_bytes = size;
        expect_error(&draft, -ENODATA, subject_format("%zu bytes of a parcel of %zu", size, whole));
    }
    draft_start(&draft);
    draft_text(&draft, "first", "one");
    size_t first = draft.size_bytes;
    draft_blob(&draft, "second", "12345", 5);
    size_t end = draft.size_bytes;
    for (size_t size = first + 1; size < end; size++) {
        draft.size_bytes = size;
        draft_seal(&draft);
        expect_error(&draft, -ENODATA,
                     subject_format("a second record of which %zu bytes of %zu are there, in a "
                                    "parcel that is right otherwise",
                                    size - first, end - first));
    }
    subject_done();
}

static void no_node_is_written_without_room(void)
{
    struct parsed parsed;
    draft_sample();
    for (size_t capacity = 0; capacity <= draft.count + 1; capacity++) {
        parsing_begin(&parsed, &draft, capacity);
        parsing_expect_error(
            &parsed, capacity < draft.count ? -ENOSPC : 0,
            subject_format("a parcel of %zu records, and room for %zu", draft.count, capacity));
        expect_size(parsed.count, draft.count, "*count with room for %zu nodes", capacity);
        parsing_end(&parsed);
    }
    draft_number(&draft, "n", 1, 9);
    draft_seal(&draft);
    parsing_begin(&parsed, &draft, 1);
    parsing_expect_error(&parsed, -EINVAL, "a parcel that is wrong, and room for too few records");
    parsing_end(&parsed);
    subject_done();
}

/* ---- by path ----------------------------------------------------------------------------------*/

static void expect_found(const struct parsed *parsed, const char *path, size_t index)
{
    const struct parcel_node *found = parcel_find(parsed->nodes, parsed->count, path);
    const char *expected = index < parsed->count ? subject_format("node %zu", index) : "NULL";
    const char *actual = !found ? "NULL" : subject_format("node %td", found - parsed->nodes);
    subject_expect(strcmp(expected, actual) == 0, SUBJECT_HERE, expected, actual,
                   "parcel_find of %s", subject_quote(path));
}

static void paths_are_found(void)
{
    static struct draft b, outer;
    struct parsed parsed;
    enum { NONE = DRAFT_NODES_MAX };
    uint8_t text['c'];
    memset(text, '~', sizeof(text));
    draft_start(&draft);
    draft_text(&draft, "abc", "");    /* 0 */
    draft_records(&inside);           /* 1 is the group a */
    draft_number(&inside, "x", 1, 1); /* 2 */
    draft_group(&draft, "a", &inside);
    draft_text(&draft, "b", ""); /* 3: no group */
    draft_records(&b);
    draft_number(&b, "y", 1, 1);  /* 6 */
    draft_number(&b, "y", 2, 1);  /* 7 */
    draft_number(&b, "", 3, 1);   /* 8 */
    draft_records(&outer);        /* 4 is the second group a */
    draft_group(&outer, "b", &b); /* 5 */
    draft_text(&outer, "z", "");  /* 9 */
    draft_group(&draft, "a", &outer);
    draft_text(&draft, "z", "");                 /* 10 */
    draft_group(&draft, "", &inside);            /* 11 and 12 */
    draft_field(&draft, PARCEL_TEXT, "ra", 'c'); /* 13: its length is the letter c */
    draft_bytes(&draft, text, sizeof(text));
    draft_text(&draft, "q", ""); /* 14: its name is nearly the last of the bytes */
    draft_seal(&draft);
    parsing_begin(&parsed, &draft, DRAFT_NODES_MAX);
    parsing_expect_error(&parsed, 0, "a parcel to find records in");
    static const struct {
        const char *path;
        size_t index;
    } all[] = {{"abc", 0},      {"ab", NONE},      {"abcd", NONE}, {"a", 1},
               {"a/x", 2},      {"b", 3},          {"a/b", 5},     {"a/b/y", 6},
               {"a/b/", 8},     {"a/z", 9},        {"z", 10},      {"", 11},
               {"/x", 12},      {"x", NONE},       {"y", NONE},    {"a/b/x", NONE},
               {"b/y", NONE},   {"/a", NONE},      {"a/", NONE},   {"a/b/y/", NONE},
               {"abc/x", NONE}, {"a/a", NONE},     {"//", NONE},   {"a/b/y/y", NONE},
               {"A", NONE},     {"ra", 13},        {"rac", NONE},  {"rac~", NONE},
               {"a/xx", NONE},  {"a/b/c/d", NONE}, {"q", 14},      {"quite_a_long_name", NONE}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        expect_found(&parsed, all[i].path, all[i].index);
    expect_null(parcel_find(parsed.nodes, 0, "a"), "parcel_find in no nodes");
    parsing_end(&parsed);
    subject_done();
}

static void deep_paths_are_found(void)
{
    struct parsed parsed;
    char path[64] = "";
    draft_records(&inside);
    draft_number(&inside, "n", 1, 1);
    for (unsigned depth = 0; depth < PARCEL_DEPTH_MAX; depth++) {
        draft_records(&draft);
        draft_group(&draft, "g", &inside);
        inside = draft;
        strcat(path, "g/");
    }
    draft_start(&draft);
    draft_group(&draft, "other", &(struct draft){0});
    draft_bytes(&draft, inside.bytes, inside.size_bytes);
    draft_seal(&draft);
    parsing_begin(&parsed, &draft, DRAFT_NODES_MAX);
    parsing_expect_error(&parsed, 0, "a number in 16 groups");
    expect_found(&parsed, path, DRAFT_NODES_MAX);
    strcat(path, "n");
    expect_found(&parsed, path, 1 + PARCEL_DEPTH_MAX);
    strcat(path, "/g/g/g/g");
    expect_found(&parsed, path, DRAFT_NODES_MAX);
    parsing_end(&parsed);
    subject_done();
}

/* ---- by chance --------------------------------------------------------------------------------*/

static void random_parcels_are_read(void)
{
    enum { ROUNDS = 2000 };
    struct chance chance = {subject_seed()};
    for (size_t i = 0; i < ROUNDS; i++) { /* small ones first: they are easier to understand */
        draft_random(&draft, &chance, 1 + chance_of(&chance, 1 + i / 4), i % 4 != 0);
        expect_noted(&draft, subject_format("parcel %zu of seed %llu", i,
                                            (unsigned long long)subject_seed()));
    }
    subject_done();
}

static void broken_parcels_are_survived(void)
{
    enum { ROUNDS = 8000 };
    struct parsed parsed;
    struct chance chance = {subject_seed() + 1};
    for (size_t i = 0; i < ROUNDS; i++) {
        if (i % 10 == 0)
            draft_random(&inside, &chance, 1 + chance_of(&chance, 1 + i / 25), false);
        draft_break(&inside, &chance, &draft);
        parsing_begin(&parsed, &draft,
                      chance_of(&chance, 4) ? DRAFT_NODES_MAX : chance_of(&chance, 4));
        parsing_expect_sense(&parsed, subject_format("broken parcel %zu of seed %llu", i,
                                                     (unsigned long long)subject_seed()));
        parsing_end(&parsed);
    }
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"checksums_are_fnv", checksums_are_fnv},
    {"headers_are_checked", headers_are_checked},
    {"numbers_are_read", numbers_are_read},
    {"texts_and_names_are_checked", texts_and_names_are_checked},
    {"lengths_are_read", lengths_are_read},
    {"nothing_reaches_beyond_its_container", nothing_reaches_beyond_its_container},
    {"blobs_are_checked", blobs_are_checked},
    {"groups_nest", groups_nest},
    {"later_records_are_skipped", later_records_are_skipped},
    {"the_first_fault_counts", the_first_fault_counts},
    {"every_cut_is_found", every_cut_is_found},
    {"no_node_is_written_without_room", no_node_is_written_without_room},
    {"paths_are_found", paths_are_found},
    {"deep_paths_are_found", deep_paths_are_found},
    {"random_parcels_are_read", random_parcels_are_read},
    {"broken_parcels_are_survived", broken_parcels_are_survived},
    {NULL, NULL},
};
