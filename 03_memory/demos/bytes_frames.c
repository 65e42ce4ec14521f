/* bytes_frames.c - messages out of a stream, without copying one of them.
 *
 * A peer sends frames: a length of four bytes, then as many bytes. They arrive in pieces that have
 * nothing to do with the frames: here, seven bytes at a time. The reader collects them in a
 * bytes_buf; whenever a whole frame is there, it splits it off and freezes it. All messages lie in
 * the block that read(2) wrote to, and each lives as long as someone holds it.
 *
 *   bytes_frames
 *
 * Taught in 03_memory/README.md, section bytes.
 *
 * Expected output:
 *     "hello"
 *     ""
 *     "zero-copy framing"
 *     "bye"
 *     4 messages in 1 block, 0 bytes copied
 *     after the last unref: 0 blocks
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "03_memory/bytes_buf.h"

enum { PIECE_BYTES = 7, MESSAGES_MAX = 8, FRAME_MAX_BYTES = 1024 };

/* lesson: bytes-next-frame */
/* Split the next whole frame off buf. Returns: 1 and *message; 0: not yet all there; -1: a length
 * that no honest peer sends (it decides how much we would wait for: never believe it). */
static int next_frame(struct bytes_buf *buf, struct bytes *message)
{
    struct bytes_buf frame;
    uint32_t size_bytes;
    struct bytes peek = bytes_static(buf->data, buf->size_bytes);
    if (bytes_get_u32_be(&peek, &size_bytes) != 0)
        return 0;
    if (size_bytes > FRAME_MAX_BYTES)
        return -1;
    if (peek.size_bytes < size_bytes)
        return 0;
    (void)bytes_buf_advance(buf, sizeof(size_bytes)); /* both were just seen to fit */
    (void)bytes_buf_split_to(buf, size_bytes, &frame);
    *message = bytes_buf_freeze(&frame);
    return 1;
}
/* end lesson */

static int send_frames(int fd)
{
    static const char *const texts[] = {"hello", "", "zero-copy framing", "bye"};
    struct bytes_buf out;
    bytes_buf_init(&out, allocator_system());
    int error = 0;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && !error; i++) {
        error = bytes_buf_put_u32_be(&out, (uint32_t)strlen(texts[i]));
        if (!error)
            error = bytes_buf_put(&out, texts[i], strlen(texts[i]));
    }
    if (!error && write(fd, out.data, out.size_bytes) != (ssize_t)out.size_bytes)
        error = -1;
    bytes_buf_fini(&out);
    close(fd);
    return error;
}

/* Returns: how many messages came, or -1. */
static int receive(int fd, struct bytes_buf *buf, struct bytes messages[MESSAGES_MAX])
{
    int count = 0;
    for (;;) {
        if (bytes_buf_reserve(buf, PIECE_BYTES) != 0)
            return -1;
        ssize_t got = read(fd, bytes_buf_spare(buf).iov_base, PIECE_BYTES);
        if (got <= 0)
            return got == 0 && buf->size_bytes == 0 ? count : -1;
        (void)bytes_buf_commit(buf, (size_t)got);
        while (count < MESSAGES_MAX && next_frame(buf, &messages[count]) == 1)
            count++;
    }
}

int main(void)
{
    struct allocator_counting counting;
    struct bytes_buf buf;
    struct bytes messages[MESSAGES_MAX];
    int fds[2];
    allocator_counting_init(&counting, allocator_system());
    bytes_buf_init(&buf, &counting.base);
    if (pipe(fds) != 0 || send_frames(fds[1]) != 0 || bytes_buf_reserve(&buf, 4096) != 0)
        return 1;
    const uint8_t *block = buf.data;
    int count = receive(fds[0], &buf, messages);
    close(fds[0]);
    if (count < 0)
        return 1;
    size_t copied_bytes = 0;
    for (int i = 0; i < count; i++) {
        printf("\"%.*s\"\n", (int)messages[i].size_bytes, (const char *)messages[i].data);
        bool in_block = messages[i].data >= block && messages[i].data < block + 4096;
        copied_bytes += in_block ? 0 : messages[i].size_bytes;
    }
    printf("%d messages in %zu block, %zu bytes copied\n", count,
           allocator_counting_read(&counting).live_blocks, copied_bytes);
    bytes_buf_fini(&buf);
    for (int i = 0; i < count; i++)
        bytes_unref(&messages[i]);
    printf("after the last unref: %zu blocks\n", allocator_counting_read(&counting).live_blocks);
    return 0;
}
