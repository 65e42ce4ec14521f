#include "subject_door.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static struct allocator *behind_door;

static void *door_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    (void)self;
    return behind_door->alloc(behind_door, size_bytes, align);
}

static void *door_resize(struct allocator *self, void *block, size_t old_bytes, size_t new_bytes,
                         size_t align)
{
    (void)self;
    return behind_door->resize(behind_door, block, old_bytes, new_bytes, align);
}

static void door_free(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    (void)self;
    behind_door->free(behind_door, block, size_bytes, align);
}

/* A page before it and one after it that nobody can touch: what lies there is nobody's to find. */
static struct allocator *make_door(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct allocator *made = (struct allocator *)(void *)(pages + page);
    if (pages == MAP_FAILED || mprotect(made, page, PROT_READ | PROT_WRITE) != 0) {
        perror("the harness has no memory");
        _exit(2);
    }
    *made = (struct allocator){door_alloc, door_resize, door_free};
    if (mprotect(made, page, PROT_READ) == 0)
        return made;
    perror("the harness cannot protect its memory");
    _exit(2);
}

struct allocator *subject_door(struct allocator *behind)
{
    static struct allocator *door;
    if (!door)
        door = make_door();
    behind_door = behind;
    return door;
}
