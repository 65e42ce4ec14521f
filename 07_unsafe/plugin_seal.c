/* plugin_seal.c - plugin_seal FILE...: seal built plugins. Exit: 0, 1 one could not be, 2 usage. */
#include <stdio.h>
#include <string.h>

#include "07_unsafe/plugin.h"

int main(int argc, char **argv)
{
    int status = 0;
    if (argc < 2) {
        fputs("usage: plugin_seal FILE...\n", stderr);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        int error = plugin_seal(argv[i]);
        if (error) {
            fprintf(stderr, "plugin_seal: %s: %s\n", argv[i], strerror(-error));
            status = 1;
        }
    }
    return status;
}
