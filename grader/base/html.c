#include "grader/base/html.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/prose.h"

enum { SHA256_BYTES = 32, SHA256_BASE64_BYTES = 45 };

/* Quiet, readable in light and in dark, and on paper. */
static const char house_style[] =
    ":root{color-scheme:light dark;--ink:#1c2024;--faint:#667079;--page:#fff;--panel:#f5f6f8;"
    "--line:#d9dde2;--link:#0b5cad;--good:#1a7f37;--bad:#b3261e}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e4e7ea;--faint:#9aa4ad;--page:#15181b;"
    "--panel:#1e2226;--line:#363c42;--link:#6cb2ff;--good:#57c274;--bad:#ff7b72}}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);"
    "max-width:1500px;margin:0 auto;padding:1.5rem 2rem}"
    "h1{font-size:1.5rem;margin:0 0 .5rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}"
    "a{color:var(--link)}.faint{color:var(--faint)}.good{color:var(--good)}.bad{color:var(--bad)}"
    "table{border-collapse:collapse}th,td{text-align:left;padding:.35rem .8rem;"
    "border-bottom:1px solid var(--line)}th{font-weight:600}"
    ".number{text-align:right;font-variant-numeric:tabular-nums}"
    "code,pre{font:13px/1.45 ui-monospace,'DejaVu Sans Mono',monospace}\n";

/* As a policy names it: base64 of its SHA-256. */
static bool hash_script(const char *script, char out[SHA256_BASE64_BYTES])
{
    unsigned char digest[SHA256_BYTES];
    if (EVP_Digest(script, strlen(script), digest, NULL, EVP_sha256(), NULL) != 1)
        return false;
    EVP_EncodeBlock((unsigned char *)out, digest, SHA256_BYTES);
    return true;
}

static void append_policy(struct text *page, const char *script)
{
    char digest[SHA256_BASE64_BYTES];
    if (script && !hash_script(script, digest))
        page->failed = true;
    text_append(page, "; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'");
    if (script && !page->failed)
        text_append(page, "; script-src 'sha256-%s'", digest);
    text_append(page, "\">\n");
}

void html_begin(struct text *page, const char *title, const char *style, const char *script)
{
    text_append(page, HTML_BEGINNING);
    append_policy(page, script);
    text_append(page, "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    html_name(page, title);
    text_append(page, "</title>\n<style>%s%s</style>\n", house_style, style ? style : "");
    if (script) /* runs before there is a body: it waits for DOMContentLoaded */
        text_append(page, "<script>%s</script>\n", script);
    text_append(page, "</head>\n<body>\n<h1>");
    html_name(page, title);
    text_append(page, "</h1>\n");
}

void html_end(struct text *page)
{
    text_append(page, "</body>\n</html>\n");
}

static const char *entity(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Takes the neutral text, and frees it. */
static void append_escaped(struct text *page, char *neutral)
{
    if (!neutral) {
        page->failed = true;
        return;
    }
    for (const char *at = neutral; *at;) {
        size_t plain = strcspn(at, "&<>\"'");
        text_append_bytes(page, at, plain);
        at += plain;
        if (*at)
            text_append(page, "%s", entity(*at++));
    }
    free(neutral);
}

void html_text(struct text *page, const char *bytes, size_t length)
{
    char *clean = text_clean(bytes, length); /* a NUL would end what prose_neutral sees */
    append_escaped(page, clean ? prose_neutral(clean) : NULL);
    free(clean);
}

void html_name(struct text *page, const char *name)
{
    append_escaped(page, prose_neutral_name(name));
}
