/* span_echo_broken.c - a message that lies about its length, and an echo that believes it.
 *
 * A message is a byte that says how long the text is, and the text. The echo copies as many bytes as
 * the message says: what lies behind it in memory goes out too. In 2014 this was Heartbleed. The
 * repair is in span_echo_fixed.c.
 *
 *   span_echo_broken
 *
 * Needs: address
 * Exit status: 1
 * Expected output:
 *     echo: hat
 *     ...
 *     ==...ERROR: AddressSanitizer: heap-buffer-overflow on address ...
 *     READ of size 200 at ...
 *     ...
 *     ...is located ... bytes to the right of 4-byte region ...
 *     ...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void echo(const uint8_t *message)
{
    char text[256] = {0};
    memcpy(text, message + 1, message[0]); /* message[0] is the sender's word */
    printf("echo: %s\n", text);
    fflush(stdout);
}

/* As it came from the network: in a block of exactly its size. */
static int receive(const char *bytes, size_t size)
{
    uint8_t *message = malloc(size);
    if (!message)
        return 2;
    memcpy(message, bytes, size);
    echo(message);
    free(message);
    return 0;
}

int main(void)
{
    return receive("\x03hat", 4) || receive("\xc8hat", 4);
}
