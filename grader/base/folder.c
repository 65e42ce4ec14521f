#include "grader/base/folder.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* No IN_MODIFY: a file that is still being written is not saved. */
static const uint32_t events_wanted = IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR;

static int add_watch(struct folder *folder)
{
    folder->watch = inotify_add_watch(folder->fd, folder->path, events_wanted);
    return folder->watch < 0 ? -errno : 0;
}

int folder_open(struct folder *folder, const char *path)
{
    if (strlen(path) >= sizeof(folder->path))
        return -ENAMETOOLONG;
    strcpy(folder->path, path);
    char *slash = strrchr(folder->path, '/');
    if (!slash)
        return -EINVAL;
    if (strlen(slash + 1) >= sizeof(folder->file))
        return -ENAMETOOLONG;
    strcpy(folder->file, slash + 1);
    *slash = '\0';
    folder->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (folder->fd < 0)
        return -errno;
    int failed = add_watch(folder);
    if (failed)
        folder_close(folder);
    return failed;
}

void folder_close(struct folder *folder)
{
    if (folder->fd >= 0)
        close(folder->fd);
    folder->fd = -1;
}

int folder_fd(const struct folder *folder)
{
    return folder->fd;
}

bool folder_is_gone(const struct folder *folder)
{
    return folder->watch < 0;
}

static bool is_save(struct folder *folder, const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW)
        return true; /* events were lost: this may have been one of them */
    if (event->mask & IN_IGNORED && event->wd == folder->watch)
        folder->watch = -1;
    return event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO) && event->len > 0 &&
           strcmp(event->name, folder->file) == 0;
}

bool folder_saved(struct folder *folder)
{
    _Alignas(struct inotify_event) char buffer[4096];
    bool saved = false;
    for (;;) {
        ssize_t got = read(folder->fd, buffer, sizeof(buffer));
        if (got <= 0)
            break;
        for (char *at = buffer; at < buffer + got;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)at;
            saved = is_save(folder, event) || saved;
            at += sizeof(*event) + event->len;
        }
    }
    if (folder_is_gone(folder) && add_watch(folder) == 0)
        saved = true;
    return saved;
}
