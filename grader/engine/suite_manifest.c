/* suite_manifest.c - exercise.yaml by its keys, for suite.h.
 *
 * It is read as YAML and not through manifest.h: a key that the manifest learns later is then hashed
 * without a line here, and a comment or another way to quote is no change.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "grader/engine/suite_internal.h"

/* What is said to people only. */
static const char *const words[] = {"title", "lesson", "hints", "prerequisites", NULL};
static const char *const test_words[] = {"requirement", "section", "points", NULL};
static const char *const test_points[] = {"name", "points", NULL};

static bool is_among(const char *key, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(key, *names) == 0)
            return true;
    return false;
}

static const char *text_of(const yaml_node_t *node)
{
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : "";
}

/* Lengths and kinds come first, so that no two documents are hashed alike. */
static void hash_node(struct hash *hash, yaml_document_t *document, const yaml_node_t *node)
{
    char head[32];
    if (node->type == YAML_SCALAR_NODE) {
        hash_add(hash, head,
                 (size_t)snprintf(head, sizeof(head), "s%zu:", node->data.scalar.length));
        hash_add(hash, node->data.scalar.value, node->data.scalar.length);
    } else if (node->type == YAML_SEQUENCE_NODE) {
        hash_add(hash, "[", 1);
        for (yaml_node_item_t *item = node->data.sequence.items.start;
             item < node->data.sequence.items.top; item++)
            hash_node(hash, document, yaml_document_get_node(document, *item));
        hash_add(hash, "]", 1);
    } else if (node->type == YAML_MAPPING_NODE) {
        hash_add(hash, "{", 1);
        for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
             pair < node->data.mapping.pairs.top; pair++) {
            hash_node(hash, document, yaml_document_get_node(document, pair->key));
            hash_node(hash, document, yaml_document_get_node(document, pair->value));
        }
        hash_add(hash, "}", 1);
    }
}

/* Of each test the keys that are among `names`, or those that are not. */
static void hash_tests(struct hash *hash, yaml_document_t *document, const yaml_node_t *tests,
                       const char *const *names, bool among)
{
    for (yaml_node_item_t *item = tests->data.sequence.items.start;
         item < tests->data.sequence.items.top; item++) {
        const yaml_node_t *test = yaml_document_get_node(document, *item);
        hash_add(hash, "-", 1);
        if (test->type != YAML_MAPPING_NODE)
            continue;
        for (yaml_node_pair_t *pair = test->data.mapping.pairs.start;
             pair < test->data.mapping.pairs.top; pair++) {
            const yaml_node_t *key = yaml_document_get_node(document, pair->key);
            if (is_among(text_of(key), names) != among)
                continue;
            hash_node(hash, document, key);
            hash_node(hash, document, yaml_document_get_node(document, pair->value));
        }
    }
}

/* "cpu_s 2, wall_s 10", and "slowest_ms.plain 3" of a mapping in it. */
static void write_text(struct suite_part *part, yaml_document_t *document, const yaml_node_t *node,
                       const char *prefix)
{
    if (node->type != YAML_MAPPING_NODE)
        return;
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        char key[SUITE_NAME_BYTES];
        size_t used = strlen(part->text);
        const yaml_node_t *value = yaml_document_get_node(document, pair->value);
        snprintf(key, sizeof(key), "%s%s", prefix,
                 text_of(yaml_document_get_node(document, pair->key)));
        if (value->type == YAML_SCALAR_NODE) {
            snprintf(part->text + used, sizeof(part->text) - used, "%s%s %s", used ? ", " : "", key,
                     text_of(value));
        } else if (!prefix[0]) {
            strncat(key, ".", sizeof(key) - strlen(key) - 1);
            write_text(part, document, value, key);
        }
    }
}

static int add_tests(struct suite *suite, yaml_document_t *document, const yaml_node_t *tests)
{
    static const struct {
        const char *name;
        const char *const *keys;
        bool among;
    } halves[] = {{"points", test_points, true}, {"tests", test_words, false}};
    for (size_t i = 0; i < 2; i++) {
        struct suite_part *part;
        int failed = suite_begin_part(suite, halves[i].name, &part);
        struct hash *hash = failed ? NULL : hash_begin();
        if (!hash)
            return failed ? failed : -ENOMEM;
        hash_tests(hash, document, tests, halves[i].keys, halves[i].among);
        hash_end(hash, part->hash);
    }
    return 0;
}

static int add_key(struct suite *suite, yaml_document_t *document, const yaml_node_pair_t *pair)
{
    struct suite_part *part;
    const char *key = text_of(yaml_document_get_node(document, pair->key));
    const yaml_node_t *value = yaml_document_get_node(document, pair->value);
    if (is_among(key, words))
        return 0;
    if (strcmp(key, "tests") == 0 && value->type == YAML_SEQUENCE_NODE)
        return add_tests(suite, document, value);
    int failed = suite_begin_part(suite, key, &part);
    struct hash *hash = failed ? NULL : hash_begin();
    if (!hash)
        return failed ? failed : -ENOMEM;
    hash_node(hash, document, value);
    hash_end(hash, part->hash);
    write_text(part, document, value, "");
    return 0;
}

static int add_document(struct suite *suite, yaml_document_t *document)
{
    const yaml_node_t *root = yaml_document_get_root_node(document);
    if (!root || root->type != YAML_MAPPING_NODE)
        return -EINVAL;
    int failed = 0;
    for (yaml_node_pair_t *pair = root->data.mapping.pairs.start;
         pair < root->data.mapping.pairs.top && !failed; pair++)
        failed = add_key(suite, document, pair);
    return failed;
}

int suite_add_manifest(struct suite *suite, const char *path)
{
    yaml_parser_t parser;
    yaml_document_t document;
    FILE *file = fopen(path, "re");
    if (!file)
        return -errno;
    int failed = yaml_parser_initialize(&parser) ? 0 : -ENOMEM;
    if (!failed) {
        yaml_parser_set_input_file(&parser, file);
        failed = yaml_parser_load(&parser, &document) ? 0 : -EINVAL;
        if (!failed) {
            failed = add_document(suite, &document);
            yaml_document_delete(&document);
        }
        yaml_parser_delete(&parser);
    }
    fclose(file);
    return failed;
}
