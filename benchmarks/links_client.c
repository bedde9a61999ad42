/* A libmodbus client that is timed: for each line "COUNT" of its input it reads 10 registers that
 * often and prints how long each took [ns]. links_client HOST PORT */
#include <errno.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long long now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int count, char **argument) {
    static long long took[100000];
    uint16_t words[10];
    char text[64];
    if (count < 3) return 2;
    modbus_t *line = modbus_new_tcp(argument[1], atoi(argument[2]));
    modbus_set_slave(line, 1);
    if (modbus_connect(line) < 0) {
        fprintf(stderr, "%s\n", modbus_strerror(errno));
        return 1;
    }
    while (fgets(text, sizeof text, stdin)) {
        int wanted = atoi(text);
        for (int i = 0; i < wanted && i < 100000; i++) {
            long long start = now_ns();
            if (modbus_read_registers(line, 0, 10, words) != 10) return 1;
            took[i] = now_ns() - start;
        }
        for (int i = 0; i < wanted; i++) printf("%lld ", took[i]);
        printf("\n");
        fflush(stdout);
    }
    modbus_free(line);
    return 0;
}
