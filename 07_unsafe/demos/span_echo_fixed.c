/* span_echo_fixed.c - the repair of span_echo_broken.c: the message brings its real length along.
 *
 *   span_echo_fixed
 *
 * Expected output:
 *     echo: hat
 *     refused: 200 bytes were announced, 3 are here
 *     refused: an empty message
 */
#include <stdio.h>

#include "07_unsafe/span.h"

static void echo(struct span message)
{
    uint8_t length;
    struct span text;
    if (!span_take_u8(&message, &length))
        printf("refused: an empty message\n");
    else if (!span_take(&message, length, &text))
        printf("refused: %u bytes were announced, %zu are here\n", length, message.size_bytes);
    else
        printf("echo: %.*s\n", (int)text.size_bytes, (const char *)text.data);
}

int main(void)
{
    echo(span_from("\x03hat", 4));
    echo(span_from("\xc8hat", 4));
    echo(span_from("", 0));
    return 0;
}
